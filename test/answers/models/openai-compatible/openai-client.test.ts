import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type Attachment, type ModelSetup, openModel } from "../../../../lib/answers/index.ts";
import { proxyFetch } from "../../../../lib/app/proxied-fetch.ts";
import {
  createFakeOpenAi,
  type FakeModel,
  type FakeModelOptions,
} from "../../../../lib/sandbox/models/index.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { startHttpProxy } from "../../../support/servers/http-proxy.ts";

const prompt = {
  system: "Be kind.",
  turns: [
    { role: "user" as const, parts: [{ text: "Hello" }] },
    { role: "model" as const, parts: [{ text: "Hi!" }] },
    { role: "user" as const, parts: [{ text: "(A note.)" }, { text: "What is this?" }] },
  ],
};

describe("the client of OpenAI-compatible servers", () => {
  let fake: FakeModel;
  afterEach(async () => await fake.stop());

  const start = async (options: Partial<FakeModelOptions> = {}): Promise<string> => {
    fake = createFakeOpenAi({ clock: new FakeClock(), apiKey: "", model: "own:3b", ...options });
    return (await fake.start()).baseUrl;
  };
  const ask = async (changes: Partial<ModelSetup>, attachments: Attachment[] = []): Promise<string> => {
    const model = await openModel({
      provider: "openai",
      apiKey: undefined,
      model: "own:3b",
      baseUrl: "",
      ...changes,
    });
    const signal = new AbortController().signal;
    let text = "";
    for await (const piece of model.ask(prompt, { signal, attachments, streamed: true })) text += piece.text;
    return text;
  };

  for (const apiKey of [undefined, ""]) {
    it(`sends no key where there is ${apiKey === undefined ? "none" : "an empty one"}`, async () => {
      const baseUrl = await start();
      expect(await ask({ baseUrl, apiKey })).to.include("nothing about this");
    });
  }

  it("sends its key, and accepts a slash after the address", async () => {
    const baseUrl = await start({ apiKey: "sk-test" });
    expect(await ask({ baseUrl: `${baseUrl}/`, apiKey: "sk-test" })).to.include("nothing about this");
  });

  it("sends the conversation with its roles, and limits the answer", async () => {
    const baseUrl = await start();
    await ask({ baseUrl });
    expect(fake.calls[0]).to.deep.include({ system: "Be kind.", question: "What is this?" });
    expect(fake.calls[0]?.turns.map(({ role }) => role)).to.deep.equal(["user", "model", "user"]);
    expect(fake.calls[0]?.options).to.deep.equal({ temperature: 0.3, max_tokens: 4096 });
  });

  it("asks for as much thinking as it is set to", async () => {
    const baseUrl = await start();
    await ask({ baseUrl, thinking: "low" });
    expect(fake.calls[0]?.options).to.include({ reasoning_effort: "low" });
  });

  it("leaves out what a server or model refuses, then and later", async () => {
    const baseUrl = await start();
    const refuse = (param: string | null, message: string): void =>
      fake.faults.order({ kind: "error-body", status: 400, body: { error: { message, param } } });
    refuse("max_tokens", "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.");
    refuse(null, "Unknown field: stream_options");
    refuse("temperature", "Only the default is supported.");
    const model = await openModel({ provider: "openai", apiKey: undefined, model: "own:3b", baseUrl });
    const signal = new AbortController().signal;
    for (let call = 0; call < 2; call += 1) {
      const pieces = await collect(model.ask(prompt, { signal, attachments: [], streamed: true }));
      expect(pieces.at(-1)?.finish ?? pieces.at(-2)?.finish).to.equal("complete");
    }
    expect(fake.calls.slice(-2).map(({ options }) => options)).to.deep.equal([
      { max_completion_tokens: 4096 },
      { max_completion_tokens: 4096 },
    ]);
    expect(fake.callCount).to.equal(5);
  });

  it("reads pictures and sound only where its model does, and sends them before the question", async () => {
    const baseUrl = await start();
    const folder = await mkdtemp(join(tmpdir(), "helpline-openai-"));
    try {
      const files = [
        { name: "a.jpg", mimeType: "image/jpeg", sizeBytes: 500 },
        { name: "b.ogg", mimeType: "audio/ogg", sizeBytes: 300 },
      ];
      const attachments = files.map(({ name, ...file }) => ({ ...file, path: join(folder, name) }));
      for (const { path, sizeBytes } of attachments) await writeFile(path, Buffer.alloc(sizeBytes, 7));
      await ask({ baseUrl, input: ["image", "audio"] }, attachments);
      expect(fake.calls[0]?.files).to.deep.equal(
        files.map(({ mimeType, sizeBytes }) => ({ mimeType, sizeBytes })),
      );
      expect(fake.calls[0]?.question).to.equal("What is this?");
      const blind = await openModel({ provider: "openai", apiKey: undefined, model: "own:3b", baseUrl });
      const seeing = await openModel({
        provider: "openai",
        apiKey: undefined,
        model: "own:3b",
        baseUrl,
        input: ["image"],
      });
      const types = ["image/png", "audio/ogg", "video/mp4", "application/pdf"];
      expect(types.map((type) => blind.reads(type))).to.deep.equal([false, false, false, false]);
      expect(types.map((type) => seeing.reads(type))).to.deep.equal([true, false, false, false]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("sends PDFs where its model reads them, and text files as text to every model", async () => {
    const baseUrl = await start();
    const folder = await mkdtemp(join(tmpdir(), "helpline-openai-"));
    try {
      const note = { path: join(folder, "note.txt"), mimeType: "text/plain", sizeBytes: 30_000 };
      const leaflet = { path: join(folder, "a.pdf"), mimeType: "application/pdf", sizeBytes: 400 };
      await writeFile(note.path, `Thé à 8 h.${"x".repeat(30_000)}THE END`);
      await writeFile(leaflet.path, Buffer.alloc(400, 7));
      await ask({ baseUrl }, [note]);
      const [first] = fake.calls;
      expect(first?.files).to.deep.equal([]);
      expect(first?.question)
        .to.include('"""\nThé à 8 h.')
        .and.match(/\(The rest is left out\.\)\n"""\n\n\(A note\.\)\n\nWhat is this\?$/);
      expect(first?.question).not.to.include("THE END");
      await ask({ baseUrl, input: ["pdf"] }, [leaflet, note]);
      expect(fake.calls[1]?.files).to.deep.equal([{ mimeType: "application/pdf", sizeBytes: 400 }]);
      expect(fake.calls[1]?.question).to.include("Thé à 8 h.");
      const open = async (input: ("pdf" | "image")[]) =>
        await openModel({ provider: "openai", apiKey: undefined, model: "own:3b", baseUrl, input });
      const types = ["text/plain", "application/json", "application/pdf", "application/zip"];
      const [blind, reading] = [await open(["image"]), await open(["pdf"])];
      expect(types.map((type) => blind.reads(type))).to.deep.equal([true, true, false, false]);
      expect(types.map((type) => reading.reads(type))).to.deep.equal([true, true, true, false]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("goes through the operator's proxy", async () => {
    await start();
    const proxy = await startHttpProxy();
    const restore = await proxyFetch({ httpsProxy: proxy.url, httpProxy: undefined, noProxy: "" });
    try {
      const failed = await ask({ baseUrl: "https://model.invalid/v1" }).catch(
        (error: { code: string }) => error.code,
      );
      expect(failed).to.equal("MODEL_UNREACHABLE");
      expect(proxy.tunnels).to.deep.equal(["model.invalid:443"]);
    } finally {
      await restore();
      await proxy.close();
    }
  });
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
