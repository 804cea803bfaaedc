import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { estimatePromptTokens } from "../../../lib/answers/generation/prompt-size.ts";
import { type Attachment, MAX_ATTACHMENT_BYTES } from "../../../lib/answers/index.ts";
import { type Bench, question, startBench } from "../support.ts";

describe("a question with files", () => {
  let bench: Bench;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "helpline-attachments-"));
  });
  beforeEach(async () => {
    bench = await startBench();
  });
  afterEach(async () => await bench.stop());
  after(async () => await rm(folder, { recursive: true }));

  const attach = async (name: string, mimeType: string, sizeBytes: number): Promise<Attachment> => {
    const path = join(folder, name);
    await writeFile(path, Buffer.alloc(sizeBytes, 7));
    return { path, mimeType, sizeBytes };
  };

  it("hands them to the model with it, whole and by their type", async () => {
    const attachments = [await attach("a.jpg", "image/jpeg", 5_000), await attach("b.ogg", "audio/ogg", 300)];
    const answer = await bench.answers.answer(question({ attachments }));
    expect(answer).to.include({ kind: "answer", origin: "model" });
    expect(bench.fake.calls[0]).to.deep.include({
      question: "How do I put on a condom?",
      files: [
        { mimeType: "image/jpeg", sizeBytes: 5_000 },
        { mimeType: "audio/ogg", sizeBytes: 300 },
      ],
    });
  });

  it("is answered by the library when a file is gone, without asking again", async () => {
    const attachments = [{ path: join(folder, "gone.jpg"), mimeType: "image/jpeg", sizeBytes: 10 }];
    const answer = await bench.answers.answer(question({ attachments }));
    expect(answer).to.include({ origin: "library", why: "model-failed" });
    expect(bench.fake.callCount).to.equal(0);
    expect(bench.log.lines).to.have.length(1);
    expect(bench.log.lines[0]).to.nested.include({ "fields.error.code": "ATTACHMENT_UNREADABLE" });
  });

  it("is answered by the library when the files are larger together than a request may be", async () => {
    const half = { path: "unread", mimeType: "video/mp4", sizeBytes: MAX_ATTACHMENT_BYTES / 2 + 1 };
    const answer = await bench.answers.answer(question({ attachments: [half, half] }));
    expect(answer).to.include({ origin: "library" });
    expect(bench.fake.callCount).to.equal(0);
  });

  it("takes more of the quota than the same question without", () => {
    const prompt = { system: "x".repeat(400), turns: [{ role: "user" as const, parts: [{ text: "ééé?" }] }] };
    expect(estimatePromptTokens(prompt)).to.equal(101);
    const voice = { path: "voice", mimeType: "audio/ogg", sizeBytes: 60_000 };
    const picture = { path: "picture", mimeType: "image/png", sizeBytes: 60_000 };
    expect(estimatePromptTokens(prompt, [voice])).to.equal(701);
    expect(estimatePromptTokens(prompt, [picture])).to.equal(1_133);
  });
});
