import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { openCheckedModel } from "../../../../lib/answers/index.ts";
import { createFakeOpenAi, type FakeModel, type ModelFault } from "../../../../lib/sandbox/models/index.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { createLogBook } from "../../support.ts";

describe("the check of an OpenAI-compatible server at start", () => {
  let fake: FakeModel;
  let baseUrl: string;
  let log: ReturnType<typeof createLogBook>;

  beforeEach(async () => {
    log = createLogBook();
    fake = createFakeOpenAi({ clock: new FakeClock(), apiKey: "sk-right", model: "own:latest" });
    ({ baseUrl } = await fake.start());
  });
  afterEach(async () => await fake.stop());

  /** What the operator must mend; null when the model can be used. */
  const problemOf = async (changes: { apiKey?: string; model?: string; baseUrl?: string } = {}) => {
    const outcome = await openCheckedModel(
      { provider: "openai", apiKey: "sk-right", model: "own:latest", baseUrl, ...changes },
      { clock: new FakeClock(), logger: log },
    );
    return "problem" in outcome ? outcome.problem : null;
  };

  it("says nothing when all is well, with a slash after the address or without Ollama's tag, too", async () => {
    expect(await problemOf()).to.equal(null);
    expect(await problemOf({ baseUrl: `${baseUrl}/`, model: "own" })).to.equal(null);
    expect(log.lines).to.deep.equal([]);
  });

  const mistakes: { what: string; changes?: object; fault?: ModelFault; says: RegExp }[] = [
    {
      what: "a wrong key",
      changes: { apiKey: "sk-wrong" },
      says: /refuses OPENAI_API_KEY.*Incorrect API key/,
    },
    { what: "a missing key", changes: { apiKey: "" }, says: /asks for a key: set OPENAI_API_KEY/ },
    { what: "an unknown model", changes: { model: "other" }, says: /no model "other".*such as own:latest/ },
    { what: "an address without /v1", fault: { kind: "status", status: 404 }, says: /ends in \/v1/ },
    {
      what: "a redirect",
      fault: { kind: "redirect", status: 308, to: "https://elsewhere.invalid/v1" },
      says: /OPENAI_BASE_URL .*redirects/,
    },
    {
      what: "a refusal that repeats the key",
      fault: { kind: "status", status: 403, message: "Key sk-right\nis blocked." },
      says: /Key \[secret\] is blocked\./,
    },
  ];
  for (const { what, changes, fault, says } of mistakes) {
    it(`tells the operator in one line of ${what}`, async () => {
      if (fault) fake.faults.order(fault);
      const problem = await problemOf(changes);
      expect(problem).to.match(says).and.not.include("\n");
      expect(log.lines).to.deep.equal([{ level: "error", message: problem, fields: {} }]);
    });
  }

  for (const fault of [
    { kind: "status", status: 500 },
    { kind: "html", status: 502 },
    { kind: "reset" },
    { kind: "rate-limit" },
  ] as const) {
    it(`starts all the same after ${JSON.stringify(fault)}, with a warning`, async () => {
      fake.faults.order(fault);
      expect(await problemOf()).to.equal(null);
      expect(log.lines.map(({ level }) => level)).to.deep.equal(["warn"]);
    });
  }

  it("takes any name for the one model that llama.cpp has loaded", async () => {
    const server = createServer((_request, response) => {
      response.end(JSON.stringify({ data: [{ id: "/models/some.gguf", owned_by: "llamacpp" }] }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    expect(await problemOf({ baseUrl: `http://127.0.0.1:${port}/v1`, model: "anything" })).to.equal(null);
    server.close();
    server.closeAllConnections();
  });
});
