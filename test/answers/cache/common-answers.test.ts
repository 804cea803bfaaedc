import { getEventListeners } from "node:events";
import { expect } from "chai";
import { isCommonQuestion, questionKey } from "../../../lib/answers/cache/common-question.ts";
import type { Answer, AnswersDeps, ModelAnswer, Question } from "../../../lib/answers/index.ts";
import { passages } from "../passages.ts";
import { type Bench, MODEL, question, startBench } from "../support.ts";

type CacheStore = NonNullable<AnswersDeps["cache"]>;
type Saved = Parameters<CacheStore["save"]>[0];

/** Answers for others, in memory. */
function createMemoryCache(): CacheStore & { saved: Saved[]; fails: boolean } {
  const saved: Saved[] = [];
  return {
    saved,
    fails: false,
    async find(key, now) {
      if (this.fails) throw new Error("no database");
      return saved.find((answer) => answer.key === key && answer.expiresAt > now) ?? null;
    },
    async save(answer) {
      if (this.fails) throw new Error("no database");
      saved.push(answer);
    },
    async reject(text) {
      saved.splice(0, saved.length, ...saved.filter((answer) => answer.text !== text));
    },
  };
}

const isCached = (answer: Answer): boolean => (answer as ModelAnswer).isCached === true;

describe("a question that anybody may ask", () => {
  const isCommon = (text: string, language = "en"): boolean => isCommonQuestion(question({ text, language }));

  for (const [text, language] of [
    ["How do condoms protect against infections?", "en"],
    ["What is chlamydia?", "en"],
    ["How do I put on a condom?", "en"],
    ["Comment se transmet la chlamydia ?", "fr"],
    ["Qu'est-ce que le consentement ?", "fr"],
    ["Comment mettre un préservatif ?", "fr"],
  ] as const) {
    it(`is “${text}”`, () => expect(isCommon(text, language)).to.equal(true));
  }

  for (const text of [
    "Mi novio no quiere usar condon",
    "Como le digo a mi novio que no quiero",
    "Mein Freund schlägt mich, was kann ich tun?",
    "Il mio ragazzo non vuole il preservativo",
    "Is mijn vriend boos op de pil?",
    "Meu namorado não quer usar camisinha",
    "Мой парень не хочет пользоваться презервативом",
    "صديقي لا يريد استخدام الواقي",
    "do mi novio no me quiere",
    "Kocam beni dövüyor ne yapmalıyım",
    "My boyfriend hits, what is there to do?",
  ]) {
    it(`is not “${text}”, in whichever language the app is set to`, () => {
      for (const language of ["en", "fr"]) expect(isCommon(text, language), language).to.equal(false);
    });
  }
});

describe("answers to common questions", () => {
  let bench: Bench;
  let cache: ReturnType<typeof createMemoryCache>;

  const start = async (gemini: Parameters<typeof startBench>[0] = {}): Promise<void> => {
    cache = createMemoryCache();
    bench = await startBench({ ...gemini, answers: { ...gemini.answers, cache, answersDays: 7 } });
  };

  afterEach(async () => {
    await bench.stop();
    expect(bench.clock.sleeps, "timers left behind").to.deep.equal([]);
    expect(bench.answers.stats(), "places left behind").to.include({ inFlight: 0, queued: 0 });
  });

  it("are written once and given to everyone who asks the same, until they expire", async () => {
    await start();
    const first = await bench.answers.answer(question({ askedBy: 7 }));
    expect(isCached(first)).to.equal(false);
    const again = await bench.answers.answer(question({ text: "how do i put on a CONDOM", askedBy: 8 }));
    expect(again).to.include({ text: (first as ModelAnswer).text, isCached: true, model: MODEL });
    expect((again as ModelAnswer).sources).to.deep.equal((first as ModelAnswer).sources);
    expect((again as ModelAnswer).usage).to.equal(undefined);
    expect(bench.fake.calls).to.have.length(1);
    await bench.clock.advance(7 * 86_400_000);
    expect(isCached(await bench.answers.answer(question({ askedBy: 8 })))).to.equal(false);
  });

  it("are kept for as long as the operator's latest word says, and given no more once that is 0 days", async () => {
    await start();
    const material = { passages, persona: "You are a kind librarian.", rules: ["Be brief."] };
    await bench.answers.answer(question({ askedBy: 7 }));
    await bench.answers.setMaterial({ ...material, answersDays: 0 });
    expect(isCached(await bench.answers.answer(question({ askedBy: 8 })))).to.equal(false);
    expect(cache.saved).to.have.length(1);
    await bench.answers.setMaterial({ ...material, answersDays: 1 });
    await bench.answers.answer(question({ text: "What is consent?", askedBy: 7 }));
    expect(cache.saved[1]?.expiresAt.getTime()).to.equal(bench.clock.now() + 86_400_000);
  });

  it("are kept in the name of their asker, and hold nothing of the question", async () => {
    await start();
    await bench.answers.answer(question({ askedBy: 7 }));
    expect(cache.saved).to.have.length(1);
    expect(cache.saved[0]?.askedBy).to.equal(7);
    expect(cache.saved[0]?.key).to.match(/^[0-9a-f]{64}$/);
    expect(Object.keys(cache.saved[0] ?? {})).to.have.members([
      "key",
      "text",
      "sources",
      "model",
      "askedBy",
      "expiresAt",
    ]);
  });

  const nobody: Partial<Question> = {};
  const somebody: Partial<Question> = { askedBy: 7 };
  const UNSHARED: [what: string, asked: Partial<Question>][] = [
    ["tells of oneself", { ...somebody, text: "My period is late, what now?" }],
    ["touches what is stored about the person", { ...somebody, isPersonal: true }],
    ["has a conversation before it", { ...somebody, history: [{ sender: "person", text: "Hi" }] }],
    ["has a summary before it", { ...somebody, summary: "They are worried." }],
    ["is asked by nobody known", nobody],
  ];
  for (const [what, asked] of UNSHARED) {
    it(`are not kept when the question ${what}`, async () => {
      await start();
      expect(await bench.answers.answer(question(asked))).to.include({ origin: "model" });
      expect(cache.saved).to.deep.equal([]);
    });
  }

  it("are not kept when the model saw a danger or did not finish", async () => {
    await start({
      fake: { respond: () => "[risk:fire] Get out [1]." },
    });
    await bench.answers.answer(question({ askedBy: 7 }));
    bench.fake.faults.order({ kind: "finish", reason: "MAX_TOKENS", afterPieces: 3 });
    await bench.answers.answer(question({ text: "What does consent mean?", askedBy: 7 }));
    expect(cache.saved.filter(({ text }) => text !== "Get out.")).to.deep.equal([]);
  });

  it("are given in a running conversation as well, when the words stand on their own", async () => {
    await start();
    await bench.answers.answer(question({ askedBy: 7 }));
    const history = [{ sender: "person", text: "Hello" }] as const;
    expect(isCached(await bench.answers.answer(question({ history, askedBy: 8 })))).to.equal(true);
  });

  for (const text of ["How does it work?", "And what about condoms?", "Which one is the safest?"]) {
    it(`are not given in a running conversation to words that lean on it: “${text}”`, async () => {
      await start();
      await bench.answers.answer(question({ text, askedBy: 7 }));
      expect(isCached(await bench.answers.answer(question({ text, askedBy: 8 })))).to.equal(true);
      const history = [{ sender: "person", text: "Tell me about the coil" }] as const;
      expect(isCached(await bench.answers.answer(question({ text, history, askedBy: 9 })))).to.equal(false);
    });
  }

  it("do without what is kept when it cannot be reached", async () => {
    await start();
    cache.fails = true;
    expect(await bench.answers.answer(question({ askedBy: 7 }))).to.include({ origin: "model" });
    expect(bench.log.lines.map(({ message }) => message)).to.include(
      "The cache of answers cannot be reached",
    );
  });

  describe("at the same time", () => {
    it("are asked for once; everyone sees them stream, also who comes later", async () => {
      await start({ fake: { latency: () => ({ firstMs: 300, totalMs: 1_300 }), pieces: 4 } });
      const seen: string[][] = [[], []];
      const first = bench.answers.answer(
        question({ askedBy: 1, onText: (text) => void seen[0]?.push(text) }),
      );
      await bench.clock.passPause();
      await bench.clock.sleepBegun((ms) => ms > 300 && ms < 20_000);
      const second = bench.answers.answer(
        question({ askedBy: 2, onText: (text) => void seen[1]?.push(text) }),
      );
      for (let piece = 0; piece < 3; piece += 1) await bench.clock.passPause();
      const [one, two] = await Promise.all([first, second]);
      expect(bench.fake.calls).to.have.length(1);
      expect((two as ModelAnswer).text).to.equal((one as ModelAnswer).text);
      expect([isCached(one), isCached(two)]).to.deep.equal([false, true]);
      expect((two as ModelAnswer).usage).to.equal(undefined);
      for (const shown of seen) {
        expect(shown.length).to.be.greaterThan(1);
        expect(shown.at(-1)).to.equal((one as ModelAnswer).text);
      }
      expect(cache.saved).to.have.length(1);
    });

    it("go on when the first one leaves, and end when the last one does", async () => {
      await start();
      bench.fake.faults.order({ kind: "hang" });
      const people = [new AbortController(), new AbortController()];
      const asking = people.map(({ signal }, index) =>
        bench.answers.answer(question({ signal, askedBy: index })),
      );
      await bench.fake.waitUntil(({ inFlight }) => inFlight === 1);
      const [one, two] = asking.map((answer) =>
        answer.then(
          () => "answered",
          (error: Error) => error.message,
        ),
      );
      people[0]?.abort(new Error("gone"));
      expect(await one).to.equal("gone");
      expect(bench.answers.stats().inFlight).to.equal(1);
      people[1]?.abort(new Error("gone too"));
      expect(await two).to.equal("gone too");
      expect(bench.answers.stats().inFlight).to.equal(0);
      for (const { signal } of people) expect(getEventListeners(signal, "abort")).to.deep.equal([]);
    });

    for (const end of ["answered", "left by the last one"] as const) {
      it(`are paid by one who was there to the end, when ${end}`, async () => {
        await start({ fake: { latency: () => ({ firstMs: 300, totalMs: 300 }) } });
        if (end !== "answered") bench.fake.faults.order({ kind: "hang" });
        const paid: string[] = [];
        const people = ["Ann", "Ben"].map((name) => {
          const leaving = new AbortController();
          const onUsage = (): void => void paid.push(name);
          const asked = question({ signal: leaving.signal, askedBy: 1, onUsage });
          return { leaving, asking: bench.answers.answer(asked).catch(() => null) };
        });
        await bench.fake.waitUntil(({ inFlight }) => inFlight === 1);
        for (const { leaving, asking } of end === "answered" ? people.slice(0, 1) : people) {
          leaving.abort(new Error("gone"));
          await asking;
        }
        if (end === "answered") await bench.clock.passPause();
        await Promise.all(people.map(({ asking }) => asking));
        expect(paid).to.deep.equal(["Ben"]);
      });
    }

    it("lose only the one who fails at what they are told", async () => {
      await start();
      const clumsy = bench.answers.answer(
        question({
          askedBy: 1,
          onText() {
            throw new Error("dropped it");
          },
        }),
      );
      const [one, two] = await Promise.allSettled([clumsy, bench.answers.answer(question({ askedBy: 2 }))]);
      expect(one).to.include({ status: "rejected" });
      expect(two).to.include({ status: "fulfilled" });
      expect(bench.fake.calls).to.have.length(1);
    });

    it("take one place, tell everyone that they wait, and then that it begins", async () => {
      await start({ maxConcurrent: 1 });
      bench.fake.faults.order({ kind: "hang" });
      const blocker = new AbortController();
      const other = bench.answers
        .answer(question({ text: "My own question", signal: blocker.signal }))
        .catch(() => null);
      await bench.fake.waitUntil(({ inFlight }) => inFlight === 1);
      const told: string[] = [];
      let bothTold = (): void => {};
      const bothWait = new Promise<void>((resolve) => {
        bothTold = resolve;
      });
      const ask = (name: string): Promise<Answer> =>
        bench.answers.answer(
          question({
            askedBy: 1,
            async onQueued() {
              told.push(`${name} waits`);
              if (told.length === 2) bothTold();
            },
            onStarted: async () => void told.push(`${name} begins`),
          }),
        );
      const answers = [ask("Ann"), ask("Ben")];
      await bothWait;
      expect(bench.answers.stats().queued).to.equal(1);
      blocker.abort(new Error("gone"));
      await Promise.all([other, ...answers]);
      expect(told.filter((word) => word.endsWith("waits"))).to.have.members(["Ann waits", "Ben waits"]);
      expect(told.slice(2)).to.have.members(["Ann begins", "Ben begins"]);
    });

    it("tell everyone that the model is thinking, also who comes after the notice", async () => {
      await start({
        fake: { latency: () => ({ firstMs: 40_000, totalMs: 40_000 }) },
        answers: { firstWordMs: 90_000 },
      });
      const told: string[] = [];
      const ask = (name: string): Promise<Answer> =>
        bench.answers.answer(question({ askedBy: 1, onThinking: () => void told.push(name) }));
      const answers = [ask("Ann"), ask("Ben")];
      await bench.clock.sleepBegun((ms) => ms === 40_000);
      expect(told).to.deep.equal([]);
      await bench.clock.advance(20_000);
      expect(told).to.deep.equal(["Ann", "Ben"]);
      answers.push(ask("Cem"));
      while (told.length < 3) await new Promise((resolve) => setImmediate(resolve));
      await bench.clock.advance(20_000);
      await Promise.all(answers);
      expect(told).to.deep.equal(["Ann", "Ben", "Cem"]);
      expect(bench.fake.callCount).to.equal(1);
    });

    it("tell who joins a long wait how long it is", async () => {
      await start({ limits: { requestsPerMinute: 1 } });
      await bench.answers.answer(question({ text: "My own question" }));
      const waits: string[] = [];
      const ask = (name: string): Promise<Answer> =>
        bench.answers.answer(
          question({
            askedBy: 1,
            onWaiting: ({ place }) => void waits.push(`${name} is number ${place}`),
          }),
        );
      const first = ask("Ann");
      await bench.clock.sleepBegun((ms) => ms === 10_000);
      const second = ask("Ben");
      await bench.clock.advance(9_999);
      expect(waits).to.deep.equal(["Ann is number 1", "Ben is number 1"]);
      await bench.clock.advance(61_000);
      await Promise.all([first, second]);
    });
  });
});

describe("a common question", () => {
  const isCommon = (text: string, language = "en"): boolean => isCommonQuestion(question({ text, language }));

  for (const [text, language] of [
    ["How do I put on a condom?", "en"],
    ["What does consent mean?", "en"],
    ["Can you get pregnant the first time?", "en"],
    ["Comment mettre un préservatif ?", "fr"],
    ["Est-ce que je dois payer le test ?", "fr"],
  ] as const) {
    it(`may be asked by many: “${text}”`, () => {
      expect(isCommon(text, language)).to.equal(true);
    });
  }

  for (const [text, language] of [
    ["My period is late. Am I pregnant?", "en"],
    ["I think I am pregnant", "en"],
    ["I'm 15, can I get the pill?", "en"],
    ["Anna has HIV, can she have children?", "en"],
    ["what about the other one again", "en"],
    ["and then?", "en"],
    ["Is 0612345678 the number of a clinic?", "en"],
    ["J'ai du retard dans mes règles. Suis-je enceinte ?", "fr"],
    ["mon copain veut arrêter", "fr"],
    ["¿Cómo se pone un condón?", "es"],
    ["What does HIV- mean?", "en"],
    ["What does HIV+ mean?", "en"],
    ["is it safe with 🍆 and honey", "en"],
    ["a ".repeat(100), "en"],
  ] as const) {
    it(`is not what somebody says of themselves or others, or cannot be told: “${text.slice(0, 50)}”`, () => {
      expect(isCommon(text, language)).to.equal(false);
    });
  }

  it("comes without files", () => {
    const attachments = [{ path: "x.jpg", mimeType: "image/jpeg", sizeBytes: 1 }];
    expect(isCommonQuestion(question({ attachments }))).to.equal(false);
  });

  it("has one key for all ways of writing it, and another for what changes the answer", () => {
    const key = (changes = {}, context = "a"): string => questionKey(question(changes), context);
    const same = key();
    expect(key({ text: "  how do I put on a condom " })).to.equal(same);
    expect(key({ text: "HOW DO I PUT ON A CÓNDOM?!" })).to.equal(same);
    expect(key({ text: "How do I take off a condom?" })).not.to.equal(same);
    expect(key({ language: "fr" })).not.to.equal(same);
    expect(key({ profile: { ageGroup: "under-18" } })).not.to.equal(same);
    expect(key({}, "another library")).not.to.equal(same);
  });
});
