import { createHash } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { AppError, OperatorError } from "../../lib/core/index.ts";
import {
  classifyFailure,
  downloadFile,
  FILE_UNREADABLE,
  TelegramApi,
  Upload,
} from "../../lib/telegram/index.ts";

const TOKEN = "123456:secret-of-the-bot";
const MB = 1024 * 1024;

describe("uploads and downloads over HTTP", () => {
  let server: http.Server;
  let api: TelegramApi;
  let onRequest: (request: http.IncomingMessage, response: http.ServerResponse) => void;
  let paths: string[];

  beforeEach(async () => {
    paths = [];
    server = http.createServer((request, response) => {
      paths.push(request.url ?? "");
      onRequest(request, response);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    api = new TelegramApi({ token: TOKEN, apiRoot: `http://127.0.0.1:${port}`, uploadTimeoutMs: 60_000 });
  });

  afterEach(async () => {
    api.closeConnections();
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });

  const ok = (response: http.ServerResponse, result: unknown): void => {
    response.end(JSON.stringify({ ok: true, result }));
  };

  /** A video generated as it is read, always into the same buffer. */
  class Video {
    produced = 0;
    wasLetGo = false;
    readonly hash = createHash("sha256");
    readonly upload: Upload;

    constructor(sizeBytes: number) {
      this.upload = new Upload("v.mp4", "video/mp4", sizeBytes, () => this.read(sizeBytes));
    }

    private async *read(sizeBytes: number): AsyncGenerator<Uint8Array> {
      const chunk = Buffer.alloc(64 * 1024);
      try {
        for (let number = 0; this.produced < sizeBytes; number += 1) {
          this.produced += chunk.length;
          chunk.fill(number % 251);
          this.hash.update(chunk);
          yield chunk;
        }
      } finally {
        this.wasLetGo = true;
      }
    }

    /** Resolves once nothing was read for many turns of the event loop. */
    async untilStalled(): Promise<void> {
      for (let last = -1, turns = 0; turns < 200; turns += 1) {
        if (this.produced !== last) turns = 0;
        last = this.produced;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  describe("an upload", () => {
    it("reads a 40 MB file less than 20 MB ahead of what Telegram takes, and sends all of it", async () => {
      const video = new Video(40 * MB);
      const arrived = new Promise<http.IncomingMessage>((resolve) => {
        onRequest = (request, response) => {
          request.on("end", () => ok(response, { message_id: 3 }));
          resolve(request);
        };
      });
      const sending = api.call("sendVideo", { chat_id: 1, video: video.upload });
      const request = await arrived;
      await video.untilStalled();
      expect(video.produced)
        .to.be.greaterThan(0)
        .and.lessThan(20 * MB);
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      expect(await sending).to.deep.equal({ message_id: 3 });
      const body = Buffer.concat(chunks);
      const start = body.indexOf("\r\n\r\n", body.indexOf("video/mp4")) + 4;
      const content = body.subarray(start, start + 40 * MB);
      expect(createHash("sha256").update(content).digest("hex")).to.equal(video.hash.digest("hex"));
    });

    it("closes its file when it is aborted", async () => {
      const video = new Video(40 * MB);
      const abort = new AbortController();
      onRequest = () => abort.abort(new Error("stopping"));
      const sending = api.call("sendVideo", { chat_id: 1, video: video.upload }, abort.signal);
      const error: unknown = await sending.then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).to.have.property("message", "stopping");
      await video.untilStalled();
      expect(video.wasLetGo).to.equal(true);
      expect(video.produced).to.be.lessThan(40 * MB);
    });

    it("closes its file when the connection breaks while Telegram takes nothing", async () => {
      const video = new Video(40 * MB);
      const arrived = new Promise<http.IncomingMessage>((resolve) => {
        onRequest = resolve;
      });
      const sending = api.call("sendVideo", { chat_id: 1, video: video.upload }).catch(classifyFailure);
      const request = await arrived;
      await video.untilStalled();
      request.socket.destroy();
      expect(await sending).to.deep.equal({ kind: "unknown" });
      await video.untilStalled();
      expect(video.wasLetGo).to.equal(true);
    });

    it("ends and closes its file when Telegram answers before it has read all", async () => {
      const video = new Video(40 * MB);
      onRequest = (_request, response) => response.writeHead(413).end("too large");
      const failure = await api.call("sendVideo", { chat_id: 1, video: video.upload }).catch(classifyFailure);
      expect(failure).to.deep.include({ kind: "refused", errorCode: 413 });
      await video.untilStalled();
      expect(video.wasLetGo).to.equal(true);
    });

    it("is refused, not sent in part, when its file breaks off", async () => {
      let wasWhole = false;
      onRequest = (request) => {
        request.on("end", () => (wasWhole = true)).resume();
        request.on("error", () => {});
      };
      const photo = new Upload("a.png", "image/png", 2 * MB, async function* () {
        yield Buffer.alloc(MB);
        throw new AppError("gone", { code: FILE_UNREADABLE });
      });
      const sending = api.call("sendPhoto", { chat_id: 1, photo });
      const failure = await sending.catch(classifyFailure);
      expect(failure).to.include({ kind: "refused" });
      expect(wasWhole).to.equal(false);
    });
  });

  describe("a download", () => {
    const signal = new AbortController().signal;
    const asked = { signal, maxBytes: MB };

    function serve(file: object, content: string | number): void {
      onRequest = (request, response) => {
        if (request.url?.includes("/getFile")) ok(response, file);
        else if (typeof content === "number") response.writeHead(content).end("no");
        else response.end(content);
      };
    }

    it("reads a file from the path getFile names", async () => {
      serve({ file_id: "f", file_path: "photos/a b.jpg" }, "content");
      const download = await downloadFile(api, "f", asked);
      expect(download).to.be.an("object");
      if (typeof download === "string") return;
      const chunks = await download.stream.toArray();
      expect(Buffer.concat(chunks as Buffer[]).toString()).to.equal("content");
      expect(paths[1]).to.equal(`/file/bot${TOKEN}/photos/a%20b.jpg`);
    });

    it("does not read this machine's disk when the server names a path on its own, and tells the operator", async () => {
      for (const file_path of ["/var/lib/bot-api/photos/file_1.jpg", "C:\\bot-api\\photos\\file_1.jpg"]) {
        onRequest = (_request, response) => ok(response, { file_id: "f", file_path });
        const error: unknown = await downloadFile(api, "f", asked).catch((e: unknown) => e);
        expect(error).to.be.instanceOf(OperatorError);
        expect((error as Error).message)
          .to.include("without --local")
          .and.not.include("bot-api/photos");
      }
      expect(paths.filter((path) => path.startsWith("/file/"))).to.deep.equal([]);
    });

    it("does not start for a file whose stated size is too large", async () => {
      serve({ file_id: "f", file_path: "a", file_size: MB + 1 }, "content");
      expect(await downloadFile(api, "f", asked)).to.equal("too-large");
      expect(paths).to.have.lengthOf(1);
    });

    it("reports a file that Telegram calls too big as too large", async () => {
      onRequest = (_request, response) =>
        response
          .writeHead(400)
          .end(JSON.stringify({ ok: false, error_code: 400, description: "Bad Request: file is too big" }));
      expect(await downloadFile(api, "f", asked)).to.equal("too-large");
    });

    it("reports a file Telegram no longer has as gone", async () => {
      serve({ file_id: "f", file_path: "a" }, 404);
      expect(await downloadFile(api, "f", asked)).to.equal("gone");
    });

    it("fails as unknown when Telegram answers with an error of its own", async () => {
      serve({ file_id: "f", file_path: "a" }, 502);
      expect(await downloadFile(api, "f", asked).catch(classifyFailure)).to.deep.equal({ kind: "unknown" });
    });
  });
});
