import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { errorCode, silentLogger } from "../../lib/core/index.ts";
import { OutgoingFiles } from "../../lib/media/index.ts";
import { bindPerformanceMonitor, createPerformanceMonitor } from "../../lib/performance/index.ts";
import type { MediaFileStore } from "../../lib/store/index.ts";
import { FILE_UNREADABLE, type FileSource, type OpenedFile } from "../../lib/telegram/index.ts";
import { FakeClock } from "../support/fake-clock.ts";

describe("Outgoing files", () => {
  let root: string;
  let folder: string;
  let ids: Map<string, string>;
  let files: FileSource;
  let isDatabaseDown: boolean;

  const fileIds: MediaFileStore = {
    async fileId({ botId, hash, kind }) {
      if (isDatabaseDown) throw new Error("the database is down");
      return ids.get(`${botId}:${hash}:${kind}`);
    },
    async keep({ botId, hash, kind }, fileId) {
      if (isDatabaseDown) throw new Error("the database is down");
      ids.set(`${botId}:${hash}:${kind}`, fileId);
    },
    async drop({ botId, hash, kind }) {
      ids.delete(`${botId}:${hash}:${kind}`);
    },
  };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "helpline-media-"));
    folder = join(root, "media");
    await mkdir(join(folder, "how-to"), { recursive: true });
    await writeFile(join(folder, "how-to", "a.txt"), "first");
    ids = new Map();
    isDatabaseDown = false;
    files = new OutgoingFiles({
      folder,
      botId: 1,
      fileIds,
      clock: new FakeClock(),
      logger: silentLogger,
    });
  });

  afterEach(() => rm(root, { recursive: true }));

  async function contentOf(opened: OpenedFile): Promise<string> {
    if ("fileId" in opened) return `id ${opened.fileId}`;
    const chunks: Uint8Array[] = [];
    for await (const chunk of opened.read()) chunks.push(Uint8Array.from(chunk));
    return Buffer.concat(chunks).toString();
  }

  async function learn(opened: OpenedFile, fileId: string): Promise<void> {
    if ("learned" in opened) await opened.learned(fileId);
  }

  async function codeOf(mediaPath: string): Promise<string> {
    return files.open(mediaPath, "document").then(() => "opened", errorCode);
  }

  it("streams a file until Telegram assigned it an id, then sends the id", async () => {
    const opened = await files.open("how-to/a.txt", "document");
    expect(opened).to.include({ name: "a.txt", sizeBytes: 5 });
    expect(await contentOf(opened)).to.equal("first");
    await learn(opened, "id-1");
    expect(await contentOf(await files.open("how-to/a.txt", "document"))).to.equal("id id-1");
  });

  it("identifies a file by its content: a copy is the same file, an edited one is not", async () => {
    await learn(await files.open("how-to/a.txt", "document"), "id-1");
    await writeFile(join(folder, "copy.txt"), "first");
    expect(await contentOf(await files.open("copy.txt", "document"))).to.equal("id id-1");
    await writeFile(join(folder, "how-to", "a.txt"), "other");
    await utimes(join(folder, "how-to", "a.txt"), 1, 1);
    expect(await contentOf(await files.open("how-to/a.txt", "document"))).to.equal("other");
  });

  it("keeps an id for each kind a file is sent as", async () => {
    await learn(await files.open("how-to/a.txt", "document"), "id-1");
    expect(await contentOf(await files.open("how-to/a.txt", "audio"))).to.equal("first");
  });

  it("streams a file again once its id is forgotten", async () => {
    await learn(await files.open("how-to/a.txt", "document"), "id-1");
    const known = await files.open("how-to/a.txt", "document");
    if ("forget" in known) await known.forget();
    expect(await contentOf(await files.open("how-to/a.txt", "document"))).to.equal("first");
  });

  it("keeps no id of a file that was edited during the upload", async () => {
    const opened = await files.open("how-to/a.txt", "document");
    await writeFile(join(folder, "how-to", "a.txt"), "longer than before");
    await learn(opened, "id-1");
    expect(ids.size).to.equal(0);
  });

  it("hashes a file once, however often it is sent", async () => {
    const monitor = createPerformanceMonitor({
      mode: "counts",
      slowOperationMs: 1_000,
      logger: silentLogger,
    });
    const unbind = bindPerformanceMonitor(monitor);
    try {
      for (let time = 0; time < 5; time += 1) await files.open("how-to/a.txt", "document");
      expect(monitor.getStats()["file.read"]?.count).to.equal(1);
      expect(monitor.getCounters()).to.have.property("file.bytes.read", 5);
    } finally {
      unbind();
    }
  });

  it("sends a file although the database is down", async () => {
    isDatabaseDown = true;
    const opened = await files.open("how-to/a.txt", "document");
    expect(await contentOf(opened)).to.equal("first");
    await learn(opened, "id-1");
  });

  it("refuses what is missing, not a file, or outside the folder", async () => {
    await writeFile(join(root, "secret.txt"), "secret");
    await symlink(join(root, "secret.txt"), join(folder, "link.txt"));
    for (const path of ["none.txt", "how-to", "../secret.txt", "link.txt", "."]) {
      expect([path, await codeOf(path)]).to.deep.equal([path, FILE_UNREADABLE]);
    }
  });

  it("fails when a file is deleted during the upload", async () => {
    const opened = await files.open("how-to/a.txt", "document");
    await rm(join(folder, "how-to", "a.txt"));
    expect(await contentOf(opened).catch(errorCode)).to.equal(FILE_UNREADABLE);
  });

  it("fails when a file changes during the upload, rather than send half of each version", async () => {
    for (const changed of ["longer than before", "tiny"]) {
      const opened = await files.open("how-to/a.txt", "document");
      await writeFile(join(folder, "how-to", "a.txt"), changed);
      expect(await contentOf(opened).catch(errorCode)).to.equal(FILE_UNREADABLE);
    }
  });
});
