import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { errorCode, silentLogger } from "../../lib/core/index.ts";
import { createOutgoingFiles, type FileIds } from "../../lib/media/index.ts";
import { FILE_UNREADABLE, type FileSource, type OpenedFile } from "../../lib/telegram/index.ts";
import { FakeClock } from "../support/fake-clock.ts";

describe("The files of the media folder", () => {
  let root: string;
  let folder: string;
  let ids: Map<string, string>;
  let files: FileSource;
  let counted: number;
  let isAway: boolean;

  const fileIds: FileIds = {
    async fileId({ botId, hash, kind }) {
      if (isAway) throw new Error("the database is away");
      return ids.get(`${botId}:${hash}:${kind}`);
    },
    async keep({ botId, hash, kind }, fileId) {
      if (isAway) throw new Error("the database is away");
      ids.set(`${botId}:${hash}:${kind}`, fileId);
    },
    async drop({ botId, hash, kind }) {
      ids.delete(`${botId}:${hash}:${kind}`);
    },
  };

  const open = (): FileSource =>
    createOutgoingFiles({
      folder,
      botId: 1,
      fileIds,
      clock: new FakeClock(),
      logger: silentLogger,
      count: (_name, amount) => (counted += amount),
    });

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "helpline-media-"));
    folder = join(root, "media");
    await mkdir(join(folder, "how-to"), { recursive: true });
    await writeFile(join(folder, "how-to", "a.txt"), "first");
    ids = new Map();
    counted = 0;
    isAway = false;
    files = open();
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

  it("are streamed while Telegram does not know them, and go by their id then", async () => {
    const opened = await files.open("how-to/a.txt", "document");
    expect(opened).to.include({ name: "a.txt", sizeBytes: 5 });
    expect(await contentOf(opened)).to.equal("first");
    await learn(opened, "id-1");
    expect(await contentOf(await files.open("how-to/a.txt", "document"))).to.equal("id id-1");
  });

  it("are known by their content: by another name the same, edited another", async () => {
    await learn(await files.open("how-to/a.txt", "document"), "id-1");
    await writeFile(join(folder, "copy.txt"), "first");
    expect(await contentOf(await files.open("copy.txt", "document"))).to.equal("id id-1");
    await writeFile(join(folder, "how-to", "a.txt"), "other");
    await utimes(join(folder, "how-to", "a.txt"), 1, 1);
    expect(await contentOf(await files.open("how-to/a.txt", "document"))).to.equal("other");
  });

  it("have an id for each kind they are sent as", async () => {
    await learn(await files.open("how-to/a.txt", "document"), "id-1");
    expect(await contentOf(await files.open("how-to/a.txt", "audio"))).to.equal("first");
  });

  it("are streamed again once their id is forgotten", async () => {
    await learn(await files.open("how-to/a.txt", "document"), "id-1");
    const known = await files.open("how-to/a.txt", "document");
    if ("forget" in known) await known.forget();
    expect(await contentOf(await files.open("how-to/a.txt", "document"))).to.equal("first");
  });

  it("keep no id of what was edited while it went", async () => {
    const opened = await files.open("how-to/a.txt", "document");
    await writeFile(join(folder, "how-to", "a.txt"), "longer than before");
    await learn(opened, "id-1");
    expect(ids.size).to.equal(0);
  });

  it("are read once to be known, however often they are sent", async () => {
    for (let time = 0; time < 5; time += 1) await files.open("how-to/a.txt", "document");
    expect(counted).to.equal(5);
  });

  it("go although the database is away", async () => {
    isAway = true;
    const opened = await files.open("how-to/a.txt", "document");
    expect(await contentOf(opened)).to.equal("first");
    await learn(opened, "id-1");
  });

  it("are unreadable when they are missing, no files, or outside the folder", async () => {
    await writeFile(join(root, "secret.txt"), "secret");
    await symlink(join(root, "secret.txt"), join(folder, "link.txt"));
    for (const path of ["none.txt", "how-to", "../secret.txt", "link.txt", "."]) {
      expect([path, await codeOf(path)]).to.deep.equal([path, FILE_UNREADABLE]);
    }
  });

  it("are unreadable when they go while they are sent", async () => {
    const opened = await files.open("how-to/a.txt", "document");
    await rm(join(folder, "how-to", "a.txt"));
    expect(await contentOf(opened).catch(errorCode)).to.equal(FILE_UNREADABLE);
  });

  it("are unreadable when they are changed while they are sent: half of each would go", async () => {
    for (const changed of ["longer than before", "tiny"]) {
      const opened = await files.open("how-to/a.txt", "document");
      await writeFile(join(folder, "how-to", "a.txt"), changed);
      expect(await contentOf(opened).catch(errorCode)).to.equal(FILE_UNREADABLE);
    }
  });
});
