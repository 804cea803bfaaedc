import { getEventListeners } from "node:events";
import { expect } from "chai";
import type { Answer, LibraryReason, ModelAnswer } from "../../lib/answers/index.ts";
import type { AppError } from "../../lib/core/index.ts";
import {
  type Bench,
  type BenchOptions,
  bindMonitor,
  question,
  startBench as startAnyBench,
  TESTED_PROVIDERS,
} from "./support.ts";

/** A long answer that streams in pieces, with a citation in each sentence. */
const LONG_TEXT = Array.from({ length: 12 }, (_, index) => `This is sentence number ${index + 1} [1].`).join(
  " ",
);

function modelAnswer(answer: Answer): ModelAnswer {
  if (answer.kind === "answer" && answer.origin === "model") return answer;
  return expect.fail(`not the model's answer: ${JSON.stringify(answer)}`);
}

function expectLibrary(answer: Answer, why: LibraryReason): void {
  expect(answer).to.include({ kind: "answer", origin: "library", why });
}

for (const provider of TESTED_PROVIDERS)
  describe(`answers of ${provider.title}`, () => {
    const isGemini = provider.name === "gemini";
    const startBench = (options: BenchOptions = {}): Promise<Bench> =>
      startAnyBench({ provider, ...options });
    let bench: Bench;

    afterEach(async () => {
      await bench.stop();
      expect(bench.clock.sleeps, "timers left behind").to.deep.equal([]);
      expect(bench.answers.stats(), "places left behind").to.include({ inFlight: 0, queued: 0 });
    });

    describe("of the model", () => {
      it("are grounded in the library, streamed without marks, and name the pages they cite", async () => {
        bench = await startBench();
        const shown: string[] = [];
        const answer = modelAnswer(
          await bench.answers.answer(question({ onText: (text) => void shown.push(text) })),
        );
        expect(answer.text).to.include("Here is what our library says about **Condoms").and.not.include("[");
        expect(answer.sources).to.deep.equal([{ pageId: "en/condoms", title: "Condoms", language: "en" }]);
        expect(answer.ending).to.equal("complete");
        expect(answer.usage?.promptTokens).to.be.greaterThan(50);
        expect(answer.usage?.outputTokens).to.be.greaterThan(20);
        expect(shown.length).to.be.greaterThan(1);
        expect(shown.at(-1)).to.equal(answer.text);
        for (const text of shown) expect(answer.text.startsWith(text), text).to.equal(true);
        const [call] = bench.fake.calls;
        expect(call?.system).to.include("You are a kind librarian.").and.include("[1] Condoms");
        expect(call?.question).to.equal("How do I put on a condom?");
      });

      it("take the conversation so far into account, also when they look for passages", async () => {
        bench = await startBench();
        const history = [
          { sender: "person", text: "I forgot my pill" },
          { sender: "bot", text: "Take it now." },
        ] as const;
        await bench.answers.answer(question({ text: "And after two days?", history }));
        const [call] = bench.fake.calls;
        expect(call?.turns.map(({ role }) => role)).to.deep.equal(["user", "model", "user"]);
        expect(call?.system).to.include("A forgotten pill");
      });

      it("name no source when they cite none, or one that was not given", async () => {
        bench = await startBench({ fake: { respond: () => "Nobody knows [9]." } });
        const answer = modelAnswer(await bench.answers.answer(question()));
        expect(answer).to.deep.include({ text: "Nobody knows.", sources: [] });
      });

      it("say how long they waited, and when the first word came and the last", async () => {
        bench = await startBench({ fake: { latency: () => ({ firstMs: 300, totalMs: 1_300 }), pieces: 2 } });
        const answering = bench.answers.answer(question());
        await bench.clock.passPause();
        await bench.clock.passPause((ms) => ms === 1_000);
        const { timing } = modelAnswer(await answering);
        expect(timing).to.deep.equal({ waitMs: 0, firstTextMs: 300, totalMs: 1_300 });
      });

      it("come over far fewer connections than calls: they are kept for the next ones", async () => {
        bench = await startBench({
          maxConcurrent: 4,
          fake: { latency: () => ({ firstMs: 1, totalMs: 1 }) },
          isImpatient: true,
        });
        await Promise.all(
          Array.from({ length: 60 }, (_, index) =>
            bench.answers.answer(question({ text: `condom ${index}` })),
          ),
        );
        expect(bench.fake.callCount).to.equal(60);
        expect(bench.fake.connectionCount).to.be.at.most(15);
      });

      it("are measured: the search, the wait and the call", async () => {
        const { monitor, unbind } = bindMonitor();
        bench = await startBench();
        await monitor.trace("question", { id: 1 }, () => bench.answers.answer(question()));
        unbind();
        const names = monitor.slowestTraces()[0]?.spans.map(({ name }) => name);
        expect(names).to.deep.equal(["knowledge.search", "model.wait", "model"]);
      });

      it("leave the model's thoughts out", async () => {
        bench = await startBench();
        bench.fake.faults.order({ kind: "thoughts", text: "The person seems bewildered." });
        const shown: string[] = [];
        const answer = await bench.answers.answer(question({ onText: (text) => void shown.push(text) }));
        expect(modelAnswer(answer).text).not.to.include("bewildered");
        expect(shown.join()).not.to.include("bewildered");
      });

      it("survive a slow drip of single characters", async () => {
        bench = await startBench({ fake: { respond: () => "Slowly [1]." } });
        bench.fake.faults.order({ kind: "drip", everyMs: 3_000 });
        const answering = bench.answers.answer(question());
        for (let piece = 0; piece < "Slowly [1].".length; piece += 1) {
          await bench.clock.passPause((ms) => ms === 3_000);
        }
        expect(modelAnswer(await answering).text).to.equal("Slowly.");
      });
    });

    describe("in trouble", () => {
      for (const [what, fault, code] of [
        ["a rate limit", { kind: "rate-limit" }, "MODEL_RATE_LIMIT"],
        ["an overloaded model", { kind: "status", status: 503 }, "MODEL_OVERLOADED"],
        ["a server error", { kind: "status", status: 500 }, "MODEL_SERVER_ERROR"],
        ["a timeout at Google's side", { kind: "status", status: 504 }, "MODEL_TIMEOUT"],
        ["a proxy's page", { kind: "html", status: 502 }, "MODEL_SERVER_ERROR"],
        ["a broken connection", { kind: "reset" }, "MODEL_UNREACHABLE"],
        ["a stream cut in the middle", { kind: "cut", afterPieces: 2 }, "MODEL_UNREACHABLE"],
        ["a stream without an end", { kind: "end-early", afterPieces: 2 }, "MODEL_CUT_SHORT"],
        ["a line of garbage", { kind: "garbage", afterPieces: 1 }, "MODEL_MALFORMED"],
        ["JSON of an unknown shape", { kind: "odd-json", afterPieces: 1 }, "MODEL_MALFORMED"],
        // Google's client cannot read the following two.
        ...(isGemini
          ? ([["a comment in the stream", { kind: "comment", afterPieces: 1 }, "MODEL_MALFORMED"]] as const)
          : []),
        [
          "an error in the stream",
          { kind: "stream-error", status: 503, afterPieces: 1, as: "data" },
          "MODEL_OVERLOADED",
        ],
        [
          "an error event in the stream",
          { kind: "stream-error", status: 503, afterPieces: 1, as: "event" },
          isGemini ? "MODEL_MALFORMED" : "MODEL_OVERLOADED",
        ],
        ["an empty answer", { kind: "empty" }, "MODEL_EMPTY"],
        [
          "an answer stopped for an unknown reason",
          { kind: "finish", reason: "SOMETHING_NEW", afterPieces: 1 },
          "MODEL_STOPPED",
        ],
      ] as const) {
        it(`outlive ${what} by asking again`, async () => {
          bench = await startBench();
          bench.fake.faults.order(fault);
          const answering = bench.answers.answer(question());
          await bench.clock.passPause();
          const answer = modelAnswer(await answering);
          expect(answer.text).to.include("Here is what our library says");
          expect(answer.ending).to.equal("complete");
          expect(bench.fake.callCount).to.equal(2);
          expect(bench.log.lines).to.have.length(1);
          expect(bench.log.lines[0]).to.nested.include({
            level: "warn",
            "fields.attempt": 1,
            "fields.error.code": code,
          });
        });
      }

      it("outlive a stream that can never be read, by asking for the whole answer", async () => {
        bench = await startBench();
        bench.fake.faults.order({ kind: "garbage", afterPieces: 0 }, 2);
        const answering = bench.answers.answer(question());
        await bench.clock.passPause();
        expect(modelAnswer(await answering).text).to.include("Here is what our library says");
        expect(bench.fake.calls.map(({ streamed }) => streamed)).to.deep.equal([true, false]);
      });

      it("come from the library after three retries, with pauses that grow", async () => {
        bench = await startBench();
        bench.fake.faults.order({ kind: "status", status: 503 }, 4);
        const answering = bench.answers.answer(question());
        const pauses = [
          await bench.clock.passPause(),
          await bench.clock.passPause(),
          await bench.clock.passPause(),
        ];
        expectLibrary(await answering, "model-busy");
        expect(pauses).to.deep.equal([375, 750, 1_500]);
        expect(
          bench.log.lines.map(({ message, fields }) => [message, fields.attempt, fields.retryInMs]),
        ).to.deep.equal([
          [`${provider.title} API busy`, 1, 375],
          [`${provider.title} API busy`, 2, 750],
          [`${provider.title} API busy`, 3, 1_500],
          [`${provider.title} API busy`, 4, undefined],
        ]);
      });

      it("wait as long as Google asks for before trying again", async () => {
        bench = await startBench();
        bench.fake.faults.order({ kind: "rate-limit", retryAfterSeconds: 7 });
        const answering = bench.answers.answer(question());
        expect(await bench.clock.passPause()).to.equal(7_375);
        modelAnswer(await answering);
      });

      it("come from the library at once when Google asks for a longer wait than there is time", async () => {
        bench = await startBench();
        bench.fake.faults.order({ kind: "rate-limit", retryAfterSeconds: 60 });
        expectLibrary(await bench.answers.answer(question()), "model-busy");
        expect(bench.fake.callCount).to.equal(1);
      });

      it("come from the library at once when the quota of the day is used up", async () => {
        bench = await startBench();
        bench.fake.faults.order({ kind: "daily-quota" });
        expectLibrary(await bench.answers.answer(question()), "model-quota");
        expect(bench.fake.callCount).to.equal(1);
      });

      for (const status of [400, 401, 403, 404]) {
        it(`come from the library at once after a refusal with ${status}, which is one error in the log`, async () => {
          bench = await startBench();
          bench.fake.faults.order({
            kind: "status",
            status,
            reason: "SOME_REASON",
            message: "people's words",
          });
          expectLibrary(await bench.answers.answer(question()), "model-failed");
          expect(bench.fake.callCount).to.equal(1);
          expect(bench.log.lines).to.have.length(1);
          const [line] = bench.log.lines;
          expect(line).to.include({ level: "error", message: `${provider.title} API refused the call` });
          expect(JSON.stringify(line, ["message", "fields", "error", "code"])).not.to.include(
            "people's words",
          );
          expect(String(line?.fields.error)).to.include(`${status} (SOME_REASON)`);
        });
      }

      it("say that nothing was found when the library holds nothing either", async () => {
        bench = await startBench();
        bench.fake.faults.order({ kind: "daily-quota" });
        const answer = await bench.answers.answer(question({ text: "What is the capital of France?" }));
        expect(answer).to.deep.equal({ kind: "nothing-found", why: "model-quota" });
      });

      for (const [fault, code] of isGemini
        ? ([
            [{ kind: "prompt-blocked", reason: "PROHIBITED_CONTENT" }, "PROMPT_PROHIBITED_CONTENT"],
            [{ kind: "prompt-blocked", reason: "not a code: 'x'" }, "PROMPT_UNKNOWN"],
            [{ kind: "finish", reason: "SAFETY", afterPieces: 3 }, "ANSWER_SAFETY"],
            [{ kind: "finish", reason: "BLOCKLIST", afterPieces: 0 }, "ANSWER_BLOCKLIST"],
            [{ kind: "finish", reason: "SPII", afterPieces: 5 }, "ANSWER_SPII"],
          ] as const)
        : ([
            [{ kind: "prompt-blocked", reason: "" }, "PROMPT_CONTENT_FILTER"],
            [{ kind: "finish", reason: "SAFETY", afterPieces: 3 }, "ANSWER_CONTENT_FILTER"],
          ] as const)) {
        it(`are blocked as ${code} when the model's filters say so, without asking again`, async () => {
          bench = await startBench({ fake: { respond: () => LONG_TEXT } });
          bench.fake.faults.order(fault);
          expect(await bench.answers.answer(question())).to.deep.equal({ kind: "blocked", code });
          expect(bench.fake.callCount).to.equal(1);
        });
      }

      if (isGemini) {
        it("come from the library when the model would repeat a source word for word", async () => {
          bench = await startBench({ fake: { respond: () => LONG_TEXT } });
          bench.fake.faults.order({ kind: "finish", reason: "RECITATION", afterPieces: 5 });
          expectLibrary(await bench.answers.answer(question()), "model-failed");
        });
      }

      it("end at the length limit with what there is", async () => {
        bench = await startBench({ fake: { respond: () => LONG_TEXT } });
        bench.fake.faults.order({ kind: "finish", reason: "MAX_TOKENS", afterPieces: 2 });
        const answer = modelAnswer(await bench.answers.answer(question()));
        expect(answer.ending).to.equal("length-limit");
        expect(answer.text).to.match(/^This is sentence number 1\./);
      });

      it("come from the library when the model's thoughts used up its length", async () => {
        bench = await startBench();
        bench.fake.faults.order({ kind: "finish", reason: "MAX_TOKENS", afterPieces: 0 });
        expectLibrary(await bench.answers.answer(question()), "model-failed");
      });

      for (const [what, text] of [
        ["a citation mark", "[9]"],
        ["many marks and blanks", "[1] [2, 3]\n".repeat(50)],
      ] as const) {
        it(`come from the library when the model writes nothing but ${what}`, async () => {
          bench = await startBench({ fake: { respond: () => text }, isImpatient: true });
          expectLibrary(await bench.answers.answer(question()), "model-failed");
          const codes = bench.log.lines.map(({ fields }) => (fields.error as AppError).code);
          expect(new Set(codes)).to.deep.equal(new Set(["MODEL_EMPTY"]));
        });
      }

      it("are unfinished when the model stops a long answer for another reason", async () => {
        bench = await startBench({ fake: { respond: () => LONG_TEXT } });
        bench.fake.faults.order({ kind: "finish", reason: "OTHER", afterPieces: 4 });
        expect(modelAnswer(await bench.answers.answer(question())).ending).to.equal("unfinished");
      });

      it("start over on the screen when a cut stream is asked for again", async () => {
        bench = await startBench({ fake: { respond: () => LONG_TEXT, pieces: 3 } });
        bench.fake.faults.order({ kind: "end-early", afterPieces: 2 });
        const lengths: number[] = [];
        const answering = bench.answers.answer(
          question({ onText: (text) => void lengths.push(text.length) }),
        );
        await bench.clock.passPause();
        modelAnswer(await answering);
        expect(lengths.some((length, index) => length < (lengths[index - 1] ?? 0))).to.equal(true);
      });
    });

    describe("out of time", () => {
      it("ask again when the model falls silent for 20 seconds, and leave the call", async () => {
        bench = await startBench();
        bench.fake.faults.order({ kind: "stall", afterPieces: 1 });
        const shown: string[] = [];
        const answering = bench.answers.answer(question({ onText: (text) => void shown.push(text) }));
        while (shown.length === 0) await new Promise((resolve) => setImmediate(resolve));
        await bench.clock.advance(20_000);
        await bench.fake.waitUntil(({ calls }) => calls[0]?.outcome === "aborted");
        await bench.clock.passPause();
        modelAnswer(await answering);
        expect(bench.log.lines[0]).to.nested.include({
          message: `${provider.title} API timeout`,
          "fields.attempt": 1,
        });
      });

      it("wait for a model that thinks for long, tell the person, and pay for one call", async () => {
        bench = await startBench({
          fake: { latency: () => ({ firstMs: 85_000, totalMs: 85_000 }) },
          answers: { firstWordMs: 90_000 },
        });
        const thinking: true[] = [];
        const answering = bench.answers.answer(question({ onThinking: () => void thinking.push(true) }));
        await bench.fake.waitUntil(({ callCount }) => callCount === 1);
        await bench.clock.sleepBegun((ms) => ms === 85_000);
        await bench.clock.advance(19_999);
        expect(thinking).to.have.lengthOf(0);
        await bench.clock.advance(2);
        expect(thinking).to.have.lengthOf(1);
        await bench.clock.advance(64_999);
        expect(modelAnswer(await answering).ending).to.equal("complete");
        expect([bench.fake.callCount, thinking.length]).to.deep.equal([1, 1]);
      });

      for (const firstWordMs of [25_000, 90_000]) {
        it(`come from the library after one call when the model does not begin within ${firstWordMs} ms`, async () => {
          bench = await startBench({ answers: { firstWordMs }, isImpatient: true });
          bench.fake.faults.order({ kind: "stall", afterPieces: 0 });
          const answering = bench.answers.answer(question());
          await bench.fake.waitUntil(({ callCount }) => callCount === 1);
          await bench.clock.sleepBegun((ms) => ms >= 20_000);
          await bench.clock.advance(firstWordMs);
          expectLibrary(await answering, "model-busy");
          expect(bench.fake.callCount).to.equal(1);
        });
      }

      it("hear thoughts as a sign of life", async () => {
        bench = await startBench({ fake: { latency: () => ({ firstMs: 19_000, totalMs: 19_000 }) } });
        bench.fake.faults.order({ kind: "thoughts", text: "Hmm." });
        const answering = bench.answers.answer(question());
        await bench.clock.passPause((ms) => ms === 19_000);
        expect(modelAnswer(await answering).text).not.to.include("Hmm");
      });

      it("are not asked for again once a minute is over, besides the time for a first word", async () => {
        bench = await startBench({
          fake: { respond: () => `Attempt ${bench.fake.callCount} of several.`, pieces: 2 },
        });
        bench.fake.faults.order({ kind: "stall", afterPieces: 1 }, 9);
        const shown: string[] = [];
        const answering = bench.answers.answer(question({ onText: (text) => void shown.push(text) }));
        const startedAt = bench.clock.now();
        for (const count of [1, 2, 3]) {
          while (shown.length < count) await new Promise((resolve) => setImmediate(resolve));
          await bench.clock.advance(20_000);
          if (count < 3) await bench.clock.passPause();
        }
        expectLibrary(await answering, "model-busy");
        expect(bench.clock.now() - startedAt).to.be.within(60_000, 62_000);
        await bench.fake.waitUntil((fake) => fake.calls.every(({ outcome }) => outcome === "aborted"));
        expect(bench.fake.callCount).to.equal(3);
      });

      it("keep what was streamed when time runs out, if it is worth reading", async () => {
        bench = await startBench({
          fake: {
            respond: () => LONG_TEXT,
            latency: () => ({ firstMs: 1_000, totalMs: 96_000 }),
            pieces: 6,
          },
        });
        const shown: string[] = [];
        const answering = bench.answers.answer(question({ onText: (text) => void shown.push(text) }));
        for (let piece = 0; piece < 5; piece += 1) {
          await bench.clock.passPause((ms) => ms === (piece === 0 ? 1_000 : 19_000));
          while (shown.length <= piece) await new Promise((resolve) => setImmediate(resolve));
        }
        await bench.clock.advance(3_000);
        const answer = modelAnswer(await answering);
        expect(answer.ending).to.equal("unfinished");
        expect(answer.text).to.equal(shown.at(-1));
        expect(answer.timing.totalMs).to.equal(80_000);
      });
    });

    describe("in the queue", () => {
      it("learn of a wait only when there is one, and have their place before they ask", async () => {
        bench = await startBench({
          maxConcurrent: 1,
          fake: { latency: () => ({ firstMs: 100, totalMs: 100 }), pieces: 1 },
        });
        const events: string[] = [];
        const ask = (name: string): Promise<Answer> =>
          bench.answers.answer(
            question({
              text: `${name} condom`,
              onQueued: async () => void events.push(`${name} queued`),
              onStarted: async () => void events.push(`${name} started`),
            }),
          );
        const all = ["a", "b", "c"].map(ask);
        for (let call = 0; call < all.length; call += 1) await bench.clock.passPause();
        await Promise.all(all);
        expect(events.filter((event) => event.endsWith("queued"))).to.deep.equal(["b queued", "c queued"]);
        expect(events.filter((event) => event.endsWith("started"))).to.deep.equal([
          "a started",
          "b started",
          "c started",
        ]);
        expect(bench.fake.calls.map((call) => call.question)).to.deep.equal([
          "a condom",
          "b condom",
          "c condom",
        ]);
        expect(bench.fake.peakInFlight).to.equal(1);
      });

      it("give their place to others during a pause, and come back ahead of those who came later", async () => {
        bench = await startBench({ maxConcurrent: 1 });
        bench.fake.faults.order({ kind: "rate-limit" });
        const events: string[] = [];
        const first = bench.answers.answer(
          question({
            text: "first",
            onQueued: async () => void events.push("queued"),
            onStarted: async () => void events.push("started"),
          }),
        );
        await bench.clock.sleepBegun((ms) => ms < 20_000);
        expect(bench.answers.stats().inFlight).to.equal(0);
        bench.fake.faults.order({ kind: "hang" });
        const leaving = new AbortController();
        const second = bench.answers.answer(question({ text: "second", signal: leaving.signal }));
        const third = bench.answers.answer(question({ text: "third" }));
        await bench.fake.waitUntil(({ callCount }) => callCount === 2);
        await bench.clock.passPause();
        expect(bench.answers.stats()).to.include({ inFlight: 1, queued: 2 });
        leaving.abort(new Error("cancelled"));
        await second.catch(() => {});
        await Promise.all([first, third]);
        expect(bench.fake.calls.map((call) => call.question)).to.deep.equal([
          "first",
          "second",
          "first",
          "third",
        ]);
        expect(events).to.deep.equal(["started", "queued", "started"]);
      });

      it("leave at once when they are cancelled", async () => {
        bench = await startBench({ maxConcurrent: 1 });
        bench.fake.faults.order({ kind: "hang" });
        const first = bench.answers.answer(question()).catch((error: Error) => error);
        const leaving = new AbortController();
        const second = bench.answers.answer(question({ signal: leaving.signal }));
        await bench.fake.waitUntil(({ callCount }) => callCount === 1);
        leaving.abort(new Error("cancelled"));
        expect(await second.catch((error: Error) => error.message)).to.equal("cancelled");
        expect(bench.answers.stats()).to.include({ inFlight: 1, queued: 0 });
        await bench.answers.close();
        await first;
      });
    });

    describe("that are cancelled", () => {
      const cancel = async (answering: Promise<Answer>, leaving: AbortController): Promise<void> => {
        leaving.abort(new Error("cancelled"));
        expect(await answering.catch((error: Error) => error.message)).to.equal("cancelled");
        expect(getEventListeners(leaving.signal, "abort")).to.have.length(0);
      };

      for (const fault of [{ kind: "hang" }, { kind: "stall", afterPieces: 3 }] as const) {
        it(`end their HTTP request at once (${fault.kind})`, async () => {
          bench = await startBench();
          bench.fake.faults.order(fault);
          const leaving = new AbortController();
          const answering = bench.answers.answer(question({ signal: leaving.signal }));
          await bench.fake.waitUntil(({ callCount }) => callCount === 1);
          await cancel(answering, leaving);
          await bench.fake.waitUntil(({ calls }) => calls[0]?.outcome === "aborted");
          expect(bench.log.lines).to.deep.equal([]);
        });
      }

      it("end a pause before a retry at once", async () => {
        bench = await startBench();
        bench.fake.faults.order({ kind: "rate-limit", retryAfterSeconds: 10 });
        const leaving = new AbortController();
        let queued = 0;
        const onQueued = async (): Promise<void> => {
          queued += 1;
        };
        const answering = bench.answers.answer(question({ signal: leaving.signal, onQueued }));
        await bench.clock.sleepBegun((ms) => ms < 20_000);
        await cancel(answering, leaving);
        expect(bench.fake.callCount).to.equal(1);
        expect(queued, "told once").to.equal(1);
      });

      it("never begin when they are cancelled before", async () => {
        bench = await startBench();
        const signal = AbortSignal.abort(new Error("cancelled"));
        const answering = bench.answers.answer(question({ signal }));
        expect(await answering.catch((error: Error) => error.message)).to.equal("cancelled");
        expect(bench.fake.callCount).to.equal(0);
      });

      it("end together when the program stops, and none is taken after", async () => {
        bench = await startBench({ maxConcurrent: 1 });
        bench.fake.faults.order({ kind: "hang" });
        const codes = [question(), question()].map((asked) =>
          bench.answers.answer(asked).catch((error: { code: string }) => error.code),
        );
        await bench.fake.waitUntil(({ callCount }) => callCount === 1);
        await bench.answers.close();
        codes.push(bench.answers.answer(question()).catch((error: { code: string }) => error.code));
        expect(await Promise.all(codes)).to.deep.equal([
          "ANSWERS_CLOSED",
          "ANSWERS_CLOSED",
          "ANSWERS_CLOSED",
        ]);
        await bench.fake.waitUntil(({ calls }) => calls[0]?.outcome === "aborted");
      });
    });

    describe("of the library alone", () => {
      it("are given without a key, and say why", async () => {
        bench = await startBench({ answers: { models: [] } });
        expectLibrary(await bench.answers.answer(question()), "no-model");
        expect(bench.answers.stats().limit).to.equal(0);
      });

      it("are given to people under 18, whose words never reach the model", async () => {
        bench = await startBench();
        expectLibrary(
          await bench.answers.answer(question({ profile: { ageGroup: "under-18" } })),
          "under-18",
        );
        expect(bench.fake.callCount).to.equal(0);
      });
    });

    it("pass a failure of the caller's own on, and are not answered in its stead", async () => {
      bench = await startBench();
      const failing = bench.answers.answer(
        question({ onStarted: () => Promise.reject(new Error("no room")) }),
      );
      expect(await failing.catch((error: Error) => error.message)).to.equal("no room");
      expect(bench.fake.callCount).to.equal(0);
    });

    it("leave nothing behind after 150 calls with every kind of trouble", async () => {
      const unhandled: unknown[] = [];
      const note = (reason: unknown): void => void unhandled.push(reason);
      process.on("unhandledRejection", note);
      const kinds = [
        undefined,
        { kind: "rate-limit" },
        { kind: "daily-quota" },
        { kind: "cut", afterPieces: 2 },
        { kind: "garbage", afterPieces: 1 },
        { kind: "empty" },
        { kind: "reset" },
        { kind: "finish", reason: "SAFETY", afterPieces: 1 },
        { kind: "stream-error", status: 500, afterPieces: 2, as: "data" },
      ] as const;
      let drawn = 0;
      const { monitor, unbind } = bindMonitor();
      bench = await startBench({
        isImpatient: true,
        fake: {
          latency: () => ({ firstMs: 100, totalMs: 400 }),
          fault: () => {
            drawn += 1;
            return kinds[drawn % kinds.length];
          },
        },
      });
      const questions = Array.from({ length: 150 }, () => question());
      const answers = await Promise.all(questions.map((each) => bench.answers.answer(each)));
      process.off("unhandledRejection", note);
      expect(new Set(answers.map(({ kind }) => kind))).to.deep.equal(new Set(["answer", "blocked"]));
      unbind();
      expect(monitor.getConcurrencyStats().operations.model).to.include({ inFlight: 0, peakInFlight: 8 });
      expect(questions.flatMap(({ signal }) => getEventListeners(signal, "abort"))).to.deep.equal([]);
      expect(unhandled).to.deep.equal([]);
    });
  });
