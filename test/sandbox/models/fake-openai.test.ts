import { expect } from "chai";
import {
  createFakeOpenAi,
  type FakeModel,
  type FakeModelOptions,
} from "../../../lib/sandbox/models/index.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const KEY = "sk-right";
const MODEL = "own";

describe("the fake OpenAI-compatible server", () => {
  let fake: FakeModel;
  let baseUrl: string;

  const start = async (options: Partial<FakeModelOptions> = {}): Promise<void> => {
    fake = createFakeOpenAi({ clock: new FakeClock(), apiKey: KEY, model: MODEL, ...options });
    ({ baseUrl } = await fake.start());
  };
  afterEach(async () => await fake.stop());

  const call = async (path: string, body?: unknown, key: string | null = KEY): Promise<Response> =>
    await fetch(`${baseUrl}/${path}`, {
      headers: {
        "Content-Type": "application/json",
        ...(key === null ? {} : { Authorization: `Bearer ${key}` }),
      },
      ...(body === undefined
        ? {}
        : { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  const chat = { model: MODEL, messages: [{ role: "user", content: "tea?" }] };

  it("streams its answer in chunks, then the finish reason, the tokens if asked for, and an end", async () => {
    await start({ respond: () => "one two three", pieces: 3 });
    const stream_options = { include_usage: true };
    const text = await (await call("chat/completions", { ...chat, stream: true, stream_options })).text();
    const events = text.trim().split("\n\n");
    expect(events.at(-1)).to.equal("data: [DONE]");
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice("data: ".length)));
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).to.equal("one two three");
    expect(chunks.at(-2).choices[0].finish_reason).to.equal("stop");
    expect(chunks.at(-1).usage).to.deep.equal({ prompt_tokens: 1, completion_tokens: 4, total_tokens: 5 });
    const plain = await (await call("chat/completions", { ...chat, stream: true })).text();
    expect(plain).not.to.include("usage");
  });

  it("answers at once when no stream is asked for", async () => {
    await start({ respond: () => "one" });
    const body = await (await call("chat/completions", chat)).json();
    expect(body).to.have.nested.property("choices[0].message.content", "one");
    expect(body).to.have.nested.property("usage.completion_tokens", 1);
  });

  it("lists and describes its models", async () => {
    await start();
    expect(await (await call("models")).json()).to.have.nested.property("data[0].id", MODEL);
    expect(await (await call(`models/${MODEL}`)).json()).to.have.property("id", MODEL);
    expect((await call("models/other")).status).to.equal(404);
  });

  for (const [what, path, body, key, status, says] of [
    ["no key", "chat/completions", chat, null, 401, "didn't provide"],
    ["a wrong key", "chat/completions", chat, "sk-wrong", 401, "Incorrect API key"],
    ["an unknown path", "completions", chat, KEY, 404, "Invalid URL"],
    ["an unknown model", "chat/completions", { ...chat, model: "x" }, KEY, 404, "does not exist"],
    ["a body that is not JSON", "chat/completions", "{", KEY, 400, "JSON"],
    ["an unknown field", "chat/completions", { ...chat, hello: 1 }, KEY, 400, "hello"],
    ["no messages", "chat/completions", { model: MODEL, messages: [] }, KEY, 400, "messages"],
    [
      "an empty message",
      "chat/completions",
      { model: MODEL, messages: [{ role: "user", content: "" }] },
      KEY,
      400,
      "content",
    ],
    [
      "two messages of a person in a row",
      "chat/completions",
      { model: MODEL, messages: [...chat.messages, ...chat.messages] },
      KEY,
      400,
      "alternate",
    ],
    [
      "usage asked for without a stream",
      "chat/completions",
      { ...chat, stream_options: { include_usage: true } },
      KEY,
      400,
      "stream_options",
    ],
    [
      "embeddings in base64",
      "embeddings",
      { model: "embedding-test", input: ["x"] },
      KEY,
      400,
      "encoding_format",
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await start();
      const response = await call(path, body, key);
      expect(response.status).to.equal(status);
      expect(await response.text()).to.include(says);
      expect(fake.callCount).to.equal(0);
    });
  }
});
