import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { IncomingFiles, OutgoingFiles } from "../../lib/media/index.ts";
import { createSandboxTelegram, type SandboxFile, type SandboxTelegram } from "../../lib/sandbox/index.ts";
import type { MediaFileStore } from "../../lib/store/index.ts";
import { downloadFile, Outbox, TelegramApi } from "../../lib/telegram/index.ts";
import { MemoryOutboxStore } from "../support/memory-stores/outbox-store.ts";
import { pseudonym } from "../support/pseudonym.ts";

const TOKEN = "123456:sandbox";
const ANN = { userId: 1001, firstName: "Ann" };
const PNG = Buffer.from(
  "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082",
  "hex",
);

describe("Files against the simulated Telegram", () => {
  let sandbox: SandboxTelegram;
  let api: TelegramApi;
  let outbox: Outbox;
  let root: string;
  let ids: Map<string, string>;
  let seq: number;

  const fileIds: MediaFileStore = {
    fileId: async ({ hash, kind }) => ids.get(hash + kind),
    keep: async ({ hash, kind }, fileId) => void ids.set(hash + kind, fileId),
    drop: async ({ hash, kind }) => void ids.delete(hash + kind),
  };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "helpline-files-"));
    sandbox = createSandboxTelegram({ token: TOKEN, clock: systemClock, logger: silentLogger });
    const { apiRoot } = await sandbox.start();
    api = new TelegramApi({ token: TOKEN, apiRoot });
    ids = new Map();
    seq = 0;
    const deps = { clock: systemClock, logger: silentLogger };
    outbox = new Outbox({
      ...deps,
      api,
      store: new MemoryOutboxStore(),
      botId: 1,
      pseudonym,
      random: Math.random,
      onBlocked: () => {},
      files: new OutgoingFiles({ ...deps, folder: root, botId: 1, fileIds }),
    });
    await sandbox.sendText(ANN, "hello");
  });

  afterEach(async () => {
    await outbox.stop(5_000);
    api.closeConnections();
    await sandbox.stop();
    await rm(root, { recursive: true });
  });

  async function send(method: string, params: Record<string, unknown>): Promise<string> {
    seq += 1;
    const chatId = ANN.userId;
    await outbox.record([
      { seq, step: 1, chatKey: "chat:1001", chatId, method, params: { chat_id: chatId, ...params } },
    ]);
    return (await outbox.settled(`${seq}:1`)).state;
  }

  const shown = () => sandbox.chat(ANN.userId)?.messages.filter(({ from }) => from.is_bot) ?? [];
  it("sends a photo with its caption, by its id from the second time on, and again when the id is refused", async () => {
    await writeFile(join(root, "a.png"), PNG);
    const photo = { photo: { mediaPath: "a.png" }, caption: "look" };
    for (const time of [1, 2, 3]) {
      if (time === 3) await sandbox.forgetFiles();
      expect(await send("sendPhoto", photo)).to.equal("sent");
    }
    expect(shown().map(({ caption, photo: sizes = [] }) => [caption, sizes.length > 0])).to.deep.equal(
      [1, 2, 3].map(() => ["look", true]),
    );
    // An upload, an id, and an id that is refused with the upload after it.
    expect(sandbox.calls("sendPhoto")).to.have.lengthOf(4);
  });

  it("sends an album, and a document the bot made", async () => {
    await writeFile(join(root, "a.png"), PNG);
    await writeFile(join(root, "b.png"), Buffer.concat([PNG, Buffer.from("b")]));
    const media = ["a.png", "b.png"].map((mediaPath) => ({ type: "photo", media: { mediaPath } }));
    expect(await send("sendMediaGroup", { media })).to.equal("sent");
    const document = { name: "données.json", mimeType: "application/json", base64: "e30=" };
    expect(await send("sendDocument", { document })).to.equal("sent");
    expect(shown().map((message) => message.photo !== undefined)).to.deep.equal([true, true, false]);
    expect(shown()[2]?.document).to.include({ file_name: "données.json", file_size: 2 });
  });

  it("receives a file from a person", async () => {
    const files = new IncomingFiles({
      folder: join(root, "incoming"),
      download: (fileId, options) => downloadFile(api, fileId, options),
      maxBytes: () => 1_000_000,
      clock: systemClock,
      logger: silentLogger,
    });
    const text: SandboxFile = { kind: "document", name: "letter.txt", content: Buffer.from("Dear helpline") };
    await sandbox.sendFiles(ANN, [text]);
    const updates = await api.getUpdates({ timeout: 0 });
    const fileId = updates
      .flatMap((update) => ("message" in update ? (update.message.document?.file_id ?? []) : []))
      .join();
    const received = await files.receive([fileId], new AbortController().signal);
    expect(received.files[0]).to.include({ mimeType: "text/plain", sizeBytes: 13 });
    await received.remove();
  });
});
