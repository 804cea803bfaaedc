import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import {
  createLibraryMeaning,
  createQuestionMeaning,
  type Embedder,
  Library,
  type LibraryMeaning,
  openVectorFolder,
} from "../../../lib/answers/index.ts";
import { modelDown } from "../../../lib/answers/models/model-error.ts";
import { standInVector } from "../../../lib/sandbox/models/index.ts";
import { pagesOf, passages } from "../passages.ts";
import { createLogBook, WatchedClock } from "../support.ts";

/** 100 texts in two languages, so that more than one batch is embedded. */
const textsOf = (changed = "") => {
  const of = (language: string) =>
    Array.from({ length: 50 }, (_, number) => ({
      text: `${language} ${number % 2 === 0 ? "condom rubber" : "period pain"} ${number}${number === 7 ? changed : ""}`,
      label: number % 2 === 0 ? "condoms" : "periods",
    }));
  return new Map([
    ["en", of("en")],
    ["fr", [...of("fr"), ...of("more")]],
  ]);
};

describe("the meaning of a library", () => {
  let folder: string;
  let clock: WatchedClock;
  let log: ReturnType<typeof createLogBook>;
  let embedded: string[];
  const signal = new AbortController().signal;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "library-meaning-"));
    clock = new WatchedClock();
    log = createLogBook();
    embedded = [];
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const embed = async (texts: readonly string[]): Promise<Float32Array[]> => {
    embedded.push(...texts);
    return texts.map((text) => Float32Array.from(standInVector(text)));
  };

  /** As after a start: what the last one kept is on disk only. */
  const open = (ofLibrary: Embedder["ofLibrary"] = embed, model = "test"): LibraryMeaning => {
    const stats = () => ({ model, breaker: "closed" as const, isPaused: false, costThisMonth: 0 });
    const embedder: Embedder = { model, ofQuestion: embed, ofLibrary, stats };
    return createLibraryMeaning({ embedder, files: openVectorFolder(folder, log), clock, logger: log });
  };

  const best = (meaning: LibraryMeaning, language: string, text: string): string | null | undefined => {
    const ranks = meaning.classifierOf(language)?.rank(Float32Array.from(standInVector(text)));
    return [...(ranks ?? [])].toSorted((a, b) => b[1] - a[1])[0]?.[0];
  };

  it("tells what a question means, by words that no text has", async () => {
    const meaning = open();
    expect(meaning.classifierOf("en")).to.equal(null);
    await meaning.learn(textsOf(), signal);
    expect(best(meaning, "en", "johnny")).to.equal("condoms");
    expect(best(meaning, "fr", "ragnagnas")).to.equal("periods");
    expect(meaning.classifierOf("de")).to.equal(null);
  });

  it("puts a page first that has none of the question's words, only once the library is learned", async () => {
    const content = { passages, pages: pagesOf(passages), unanswered: {} };
    const library = new Library(content, { meaning: open() });
    const embedder: Embedder = {
      model: "test",
      ofQuestion: embed,
      ofLibrary: embed,
      stats: () => ({ model: "test", breaker: "closed", isPaused: false, costThisMonth: 0 }),
    };
    const find = () =>
      library.find(
        {
          text: "aunt flo",
          language: "en",
          history: [],
          meaning: createQuestionMeaning(embedder, signal),
        },
        1,
      );
    const [unlearned] = await find();
    expect(unlearned?.pageId).not.to.equal("en/periods");
    expect(embedded).to.deep.equal([]);
    await library.learnMeaning(signal);
    embedded = [];
    const [learned] = await find();
    expect(learned?.pageId).to.equal("en/periods");
    expect(embedded).to.deep.equal(["aunt flo"]);
  });

  it("is there at the next start without a call, readable by the bot's own user only", async () => {
    await open().learn(textsOf(), signal);
    const names = await readdir(folder);
    expect(names).to.have.lengthOf(3);
    for (const name of names) expect((await stat(join(folder, name))).mode & 0o777, name).to.equal(0o600);
    embedded = [];
    const meaning = open();
    await meaning.learn(textsOf(), signal);
    expect(embedded).to.deep.equal([]);
    expect(best(meaning, "en", "johnny")).to.equal("condoms");
  });

  it("embeds only what has changed", async () => {
    await open().learn(textsOf(), signal);
    embedded = [];
    await open().learn(textsOf(" or cramps"), signal);
    expect(embedded).to.have.members([
      "en period pain 7 or cramps",
      "fr period pain 7 or cramps",
      "more period pain 7 or cramps",
    ]);
  });

  it("goes on after a kill with what is not kept yet, also when a line was cut short", async () => {
    const killed = new AbortController();
    const untilKilled: Embedder["ofLibrary"] = async (texts) => {
      if (embedded.length >= 50) killed.abort(new Error("killed"));
      killed.signal.throwIfAborted();
      return await embed(texts);
    };
    const first = await open(untilKilled)
      .learn(textsOf(), killed.signal)
      .catch((error: unknown) => String(error));
    expect(first).to.equal("Error: killed");
    const [name = ""] = (await readdir(folder)).filter((file) => file.startsWith("vectors-"));
    const [line = ""] = (await readFile(join(folder, name), "utf8")).trim().split("\n");
    await appendFile(join(folder, name), line.slice(0, 80));
    await open().learn(textsOf(), signal);
    expect(embedded).to.have.lengthOf(150).and.have.lengthOf(new Set(embedded).size);
  });

  it("embeds again what cannot be read", async () => {
    await open().learn(textsOf(), signal);
    for (const name of await readdir(folder)) await writeFile(join(folder, name), "{ damaged");
    embedded = [];
    const meaning = open();
    await meaning.learn(textsOf(), signal);
    expect(embedded).to.have.lengthOf(150);
    expect(best(meaning, "en", "johnny")).to.equal("condoms");
  });

  it("begins anew with another model, and keeps no vectors of texts and models that are gone", async () => {
    await open().learn(textsOf(), signal);
    embedded = [];
    const few = new Map([["en", textsOf().get("en")?.slice(0, 4) ?? []]]);
    await open(embed, "another").learn(textsOf(), signal);
    expect(embedded).to.have.lengthOf(150);
    await open(embed, "another").learn(few, signal);
    const [name = "", ...others] = (await readdir(folder)).filter((file) => file.startsWith("vectors-"));
    expect(others).to.deep.equal([]);
    expect((await readFile(join(folder, name), "utf8")).trim().split("\n")).to.have.lengthOf(4);
  });

  it("waits while nothing can be embedded", async () => {
    let failures = 2;
    const meaning = open(async (texts) => {
      failures -= 1;
      if (failures >= 0) throw modelDown();
      return await embed(texts);
    });
    const learned = meaning.learn(textsOf(), signal);
    expect(await clock.passPause((ms) => ms >= 15_000)).to.equal(15_000);
    expect(await clock.passPause((ms) => ms >= 15_000)).to.equal(30_000);
    await learned;
    expect(best(meaning, "en", "johnny")).to.equal("condoms");
  });

  it("is not used when the model's vectors do not fit together", async () => {
    const meaning = open(async (texts) => texts.map((_, index) => new Float32Array(2 + (index % 2)).fill(1)));
    await meaning.learn(textsOf(), signal);
    expect(meaning.classifierOf("en")).to.equal(null);
    expect(log.lines.map(({ message }) => message)).to.include(
      "The vectors of the library do not fit together; it is searched by words alone",
    );
  });
});
