import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { ReadableStream } from "node:stream/web";
import { expect } from "chai";
import { InputFile } from "node-telegram-bot-api";
import { AppError } from "../../lib/core/index.ts";
import {
  classifyFailure,
  createTelegramApi,
  downloadFile,
  FILE_UNREADABLE,
  type TelegramApi,
} from "../../lib/telegram/index.ts";

const TOKEN = "123456:secret-of-the-bot";
const MB = 1024 * 1024;
const CHUNK = new Uint8Array(64 * 1024);

describe("Files over Telegram's HTTP", () => {
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
    api = createTelegramApi({ token: TOKEN, apiRoot: `http://127.0.0.1:${port}`, uploadTimeoutMs: 60_000 });
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

  /** A video that is made as it is read. */
  class Video {
    produced = 0;
    wasCancelled = false;
    private readonly sizeBytes: number;
    constructor(sizeBytes: number) {
      this.sizeBytes = sizeBytes;
    }
    readonly stream = (): ReadableStream<Uint8Array> =>
      new ReadableStream<Uint8Array>(
        {
          pull: (controller) => {
            if (this.produced >= this.sizeBytes) return controller.close();
            this.produced += CHUNK.length;
            controller.enqueue(CHUNK);
          },
          cancel: () => {
            this.wasCancelled = true;
          },
        },
        { highWaterMark: 0 },
      );
    readonly file = new InputFile(this.stream, { filename: "v.mp4", contentType: "video/mp4" });

    /** Resolves once nothing more was read for many turns of the event loop. */
    async untilStalled(): Promise<void> {
      for (let last = -1, turns = 0; turns < 200; turns += 1) {
        if (this.produced !== last) turns = 0;
        last = this.produced;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  describe("an upload", () => {
    it("of 40 MB reads less than 20 MB ahead of what Telegram takes, and arrives whole", async () => {
      const video = new Video(40 * MB);
      let received = 0;
      const arrived = new Promise<http.IncomingMessage>((resolve) => {
        onRequest = (request, response) => {
          request.on("end", () => ok(response, { message_id: 3 }));
          resolve(request);
        };
      });
      const sending = api.call("sendVideo", { chat_id: 1, video: video.file });
      const request = await arrived;
      await video.untilStalled();
      expect(video.produced)
        .to.be.greaterThan(0)
        .and.lessThan(20 * MB);
      request.on("data", (chunk: Buffer) => (received += chunk.length));
      expect(await sending).to.deep.equal({ message_id: 3 });
      expect(received).to.be.greaterThan(40 * MB);
    });

    it("lets go of its file when it is aborted", async () => {
      const video = new Video(40 * MB);
      const abort = new AbortController();
      onRequest = () => abort.abort(new Error("stopping"));
      const sending = api.call("sendVideo", { chat_id: 1, video: video.file }, abort.signal);
      const error: unknown = await sending.then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).to.have.property("message", "stopping");
      await video.untilStalled();
      expect(video.wasCancelled).to.equal(true);
      expect(video.produced).to.be.lessThan(40 * MB);
    });

    it("ends, and lets go of its file, when Telegram answers before it took it all", async () => {
      const video = new Video(40 * MB);
      onRequest = (_request, response) => response.writeHead(413).end("too large");
      const failure = await api.call("sendVideo", { chat_id: 1, video: video.file }).catch(classifyFailure);
      expect(failure).to.deep.include({ kind: "refused", errorCode: 413 });
      await video.untilStalled();
      expect(video.wasCancelled).to.equal(true);
    });

    it("whose file breaks off is refused: Telegram takes no half of a call", async () => {
      let wasWhole = false;
      onRequest = (request) => {
        request.on("end", () => (wasWhole = true)).resume();
        request.on("error", () => {});
      };
      const stream = (): ReadableStream<Uint8Array> =>
        new ReadableStream<Uint8Array>({
          start: (controller) => controller.enqueue(CHUNK),
          pull: (controller) => controller.error(new AppError("gone", { code: FILE_UNREADABLE })),
        });
      const sending = api.call("sendPhoto", { chat_id: 1, photo: new InputFile(stream) });
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

    it("reads a file from where getFile says it is", async () => {
      serve({ file_id: "f", file_path: "photos/a b.jpg" }, "content");
      const download = await downloadFile(api, "f", asked);
      expect(download).to.be.an("object");
      if (typeof download === "string") return;
      const chunks = await download.stream.toArray();
      expect(Buffer.concat(chunks as Buffer[]).toString()).to.equal("content");
      expect(paths[1]).to.equal(`/file/bot${TOKEN}/photos/a%20b.jpg`);
    });

    it("of a file that is said to be too large is not begun", async () => {
      serve({ file_id: "f", file_path: "a", file_size: MB + 1 }, "content");
      expect(await downloadFile(api, "f", asked)).to.equal("too-large");
      expect(paths).to.have.lengthOf(1);
    });

    it("of a file that is too large for Telegram is too large", async () => {
      onRequest = (_request, response) =>
        response
          .writeHead(400)
          .end(JSON.stringify({ ok: false, error_code: 400, description: "Bad Request: file is too big" }));
      expect(await downloadFile(api, "f", asked)).to.equal("too-large");
    });

    it("of a file Telegram has no more says that it is gone", async () => {
      serve({ file_id: "f", file_path: "a" }, 404);
      expect(await downloadFile(api, "f", asked)).to.equal("gone");
    });

    it("fails as unknown when Telegram is in trouble", async () => {
      serve({ file_id: "f", file_path: "a" }, 502);
      expect(await downloadFile(api, "f", asked).catch(classifyFailure)).to.deep.equal({ kind: "unknown" });
    });
  });
});
