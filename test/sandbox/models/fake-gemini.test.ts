import { expect } from "chai";
import {
  createFakeGemini,
  type FakeModel,
  type FakeModelOptions,
} from "../../../lib/sandbox/models/index.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const KEY = "right-key";
const user = (text: string): object => ({ role: "user", parts: [{ text }] });
const model = (text: string): object => ({ role: "model", parts: [{ text }] });

describe("the fake Gemini", () => {
  let gemini: FakeModel;
  let baseUrl: string;
  const clock = new FakeClock();

  const start = async (options: Partial<FakeModelOptions> = {}): Promise<void> => {
    gemini = createFakeGemini({ clock, apiKey: KEY, model: "gemini-test", ...options });
    ({ baseUrl } = await gemini.start());
  };
  afterEach(async () => await gemini.stop());

  const call = async (
    path: string,
    { body, key = KEY, signal }: { body?: unknown; key?: string; signal?: AbortSignal } = {},
  ): Promise<Response> =>
    await fetch(`${baseUrl}/v1beta/models/${path}`, {
      headers: { "x-goog-api-key": key, "Content-Type": "application/json" },
      ...(body === undefined
        ? {}
        : { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  const STREAM = "gemini-test:streamGenerateContent?alt=sse";
  const WHOLE = "gemini-test:generateContent";

  /** The responses in a stream of server-sent events. */
  const eventsOf = (
    stream: string,
  ): { candidates?: { content?: { parts: { text: string }[] }; finishReason?: string }[] }[] =>
    stream
      .split("\r\n\r\n")
      .filter((event) => event.startsWith("data: "))
      .map((event) => JSON.parse(event.slice("data: ".length)) as object);
  const textOf = (stream: string): string =>
    eventsOf(stream)
      .map(({ candidates }) => candidates?.[0]?.content?.parts[0]?.text ?? "")
      .join("");

  it("streams its answer in pieces, each with the token counts and the last with the finish reason", async () => {
    await start({ respond: () => "one two three four five six", pieces: 3 });
    const response = await call(STREAM, { body: { contents: [user("count")] } });
    expect(response.headers.get("content-type")).to.equal("text/event-stream");
    const stream = await response.text();
    expect(textOf(stream)).to.equal("one two three four five six");
    expect(eventsOf(stream).map(({ candidates }) => candidates?.[0]?.finishReason)).to.deep.equal([
      undefined,
      undefined,
      "STOP",
    ]);
    expect(stream).to.include('"candidatesTokenCount":7');
  });

  it("answers from the first passage in the prompt, and cites it", async () => {
    await start();
    const system =
      "Be kind.\n\nPassages:\n\n[1] Tea – Brewing\nPour hot water.\n\nWait.\n\n[2] Coffee\nGrind.";
    const body = {
      contents: [user("tea?")],
      systemInstruction: { role: "system", parts: [{ text: system }] },
    };
    const text = textOf(await (await call(STREAM, { body })).text());
    expect(text)
      .to.include("**Tea – Brewing**")
      .and.include("Pour hot water.\n\nWait. [1]")
      .and.not.include("Grind");
  });

  it("says that it knows nothing when the prompt has no passage", async () => {
    await start();
    expect(await (await call(WHOLE, { body: { contents: [user("tea?")] } })).text()).to.include(
      "nothing about this",
    );
  });

  it("takes the given time to the first and to the last piece", async () => {
    await start({
      latency: () => ({ firstMs: 1_000, totalMs: 3_000 }),
      pieces: 2,
      respond: () => "early late",
    });
    const before = clock.now();
    const answer = call(STREAM, { body: { contents: [user("x")] } }).then((response) => response.text());
    await gemini.waitUntil(({ inFlight }) => inFlight === 1);
    await clock.advance(1_000);
    expect(gemini.calls[0]?.outcome).to.equal(undefined);
    await clock.advance(2_000);
    expect(textOf(await answer)).to.equal("early late");
    expect(gemini.calls[0]).to.include({ arrivedAt: before, endedAt: before + 3_000, outcome: "answered" });
  });

  for (const [what, path, options, status, says] of [
    ["no key", STREAM, { key: "" }, 403, "unregistered callers"],
    ["a wrong key", STREAM, { key: "wrong" }, 400, "API_KEY_INVALID"],
    ["an unknown model", "gemini-0:generateContent", { body: {} }, 404, "models/gemini-0 is not found"],
    ["an unknown method", "gemini-test:countTokens", { body: {} }, 404, "NOT_FOUND"],
    ["a GET of a method", WHOLE, {}, 404, "NOT_FOUND"],
    ["a stream without alt=sse", "gemini-test:streamGenerateContent", { body: {} }, 400, "alt=sse"],
    ["a body that is not JSON", WHOLE, { body: "{" }, 400, "Invalid JSON"],
    ["no contents", WHOLE, { body: { contents: [] } }, 400, "contents"],
    ["an unknown field", WHOLE, { body: { contents: [user("x")], hello: 1 } }, 400, "hello"],
    ["an empty part", WHOLE, { body: { contents: [user("")] } }, 400, "parts"],
    [
      "two turns of a person in a row",
      WHOLE,
      { body: { contents: [user("x"), user("y"), user("z")] } },
      400,
      "alternate",
    ],
    ["a last turn of the model", WHOLE, { body: { contents: [user("x"), model("y")] } }, 400, "alternate"],
    [
      "a system instruction that is a text",
      WHOLE,
      { body: { contents: [user("x")], systemInstruction: "x" } },
      400,
      "systemInstruction",
    ],
  ] as const) {
    it(`refuses ${what} with ${status}, as Google does`, async () => {
      await start();
      const response = await call(path, options);
      expect(response.status).to.equal(status);
      const text = await response.text();
      expect(text).to.include(says);
      expect(JSON.parse(text)).to.have.nested.property("error.code", status);
      expect(gemini.callCount).to.equal(0);
    });
  }

  it("describes its model", async () => {
    await start();
    expect(await (await call("gemini-test")).json()).to.deep.include({ name: "models/gemini-test" });
  });

  it("records calls, and the most that were in flight", async () => {
    await start({ keepCalls: 2, latency: () => ({ firstMs: 10, totalMs: 10 }), pieces: 1 });
    const all = ["a", "b", "c"].map(async (text) => {
      const response = await call(STREAM, { body: { contents: [user("hi"), model("yes?"), user(text)] } });
      return await response.text();
    });
    await gemini.waitUntil(({ inFlight }) => inFlight === 3);
    await clock.advance(10);
    await Promise.all(all);
    expect(gemini).to.include({ callCount: 3, inFlight: 0, peakInFlight: 3 });
    expect(gemini.calls).to.have.length(2);
    expect(gemini.calls[0]?.turns.map(({ role }) => role)).to.deep.equal(["user", "model", "user"]);
  });

  it("records a call whose caller disconnects as aborted", async () => {
    await start();
    gemini.faults.order({ kind: "hang" });
    const leaving = new AbortController();
    const hanging = call(STREAM, { body: { contents: [user("x")] }, signal: leaving.signal });
    await gemini.waitUntil(({ inFlight }) => inFlight === 1);
    leaving.abort();
    expect(await hanging.catch((error: Error) => error.name)).to.equal("AbortError");
    await gemini.waitUntil(({ inFlight }) => inFlight === 0);
    expect(gemini.calls[0]).to.include({ outcome: "aborted", fault: "hang" });
  });

  it("names the delay in a 429 for the minute, and the quota in one for the day", async () => {
    await start();
    gemini.faults.order({ kind: "rate-limit", retryAfterSeconds: 34 });
    gemini.faults.order({ kind: "daily-quota" });
    const first = await call(WHOLE, { body: { contents: [user("x")] } });
    expect(first.status).to.equal(429);
    expect(await first.text())
      .to.include('"retryDelay":"34s"')
      .and.include("PerMinute");
    expect(await (await call(WHOLE, { body: { contents: [user("x")] } })).text()).to.include("PerDay");
    expect((await call(WHOLE, { body: { contents: [user("x")] } })).status).to.equal(200);
  });

  it("accepts the given number of calls a minute, and names the wait until the next", async () => {
    await start({ requestsPerMinute: 2 });
    const ask = async (): Promise<Response> => await call(WHOLE, { body: { contents: [user("x")] } });
    expect((await ask()).status).to.equal(200);
    await clock.advance(20_000);
    expect((await ask()).status).to.equal(200);
    const refused = await ask();
    expect(refused.status).to.equal(429);
    expect(await refused.text()).to.include('"retryDelay":"40s"');
    await clock.advance(40_000);
    expect((await ask()).status).to.equal(200);
    expect((await ask()).status).to.equal(429);
  });

  it("accepts files beside the question, and refuses invalid base64", async () => {
    await start();
    const withFile = (data: string): object => ({
      contents: [
        { role: "user", parts: [{ inlineData: { mimeType: "image/png", data } }, { text: "What is it?" }] },
      ],
    });
    expect((await call(WHOLE, { body: withFile("AAAA") })).status).to.equal(200);
    expect(gemini.calls[0]).to.deep.include({
      question: "What is it?",
      files: [{ mimeType: "image/png", sizeBytes: 3 }],
    });
    expect((await call(WHOLE, { body: withFile("not base64!") })).status).to.equal(400);
  });

  it("applies ordered faults as often as ordered, before those of `fault`", async () => {
    await start({ fault: () => ({ kind: "status", status: 500 }) });
    gemini.faults.order({ kind: "status", status: 503 }, 2);
    const statuses: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      statuses.push((await call(WHOLE, { body: { contents: [user("x")] } })).status);
    }
    expect(statuses).to.deep.equal([503, 503, 500]);
    expect(gemini.calls.map(({ outcome }) => outcome)).to.deep.equal(["failed", "failed", "failed"]);
  });

  it("breaks the connection inside a stream after the given number of pieces", async () => {
    await start({ respond: () => "one two three", pieces: 3 });
    gemini.faults.order({ kind: "cut", afterPieces: 2 });
    const response = await call(STREAM, { body: { contents: [user("x")] } });
    const decoder = new TextDecoder();
    let seen = "";
    try {
      for await (const chunk of response.body ?? [])
        seen += decoder.decode(chunk as Uint8Array, { stream: true });
      expect.fail("the stream ended well");
    } catch (error) {
      expect(String(error)).to.include("terminated");
    }
    expect(textOf(seen)).to.equal("one two ");
  });
});
