import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Library } from "../../../lib/answers/index.ts";
import { type LearntFiles, openLearntFiles, silentLogger } from "../../../lib/core/index.ts";
import { pagesOf, passages } from "../passages.ts";

const CONTENT = { passages, pages: pagesOf(passages), unanswered: {} };

describe("the library's indexes, kept from one start to the next", () => {
  let folder: string;

  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), "library-index-")), "indexes");
  });

  afterEach(() => rm(join(folder, ".."), { recursive: true, force: true }));

  /** Counts how often indexes are written; resolves `written` with the names of the first four. */
  function watched(files: LearntFiles) {
    const names: string[] = [];
    let done = (): void => undefined;
    const written = new Promise<void>((resolve) => {
      done = resolve;
    });
    const watchedFiles: LearntFiles = {
      read: files.read,
      async write(name, file, signal) {
        await files.write(name, file, signal);
        names.push(name);
        if (names.length === 4) done();
      },
    };
    return { files: watchedFiles, names, written };
  }

  it("lets a second start do without building an index", async () => {
    const first = watched(openLearntFiles(folder, silentLogger));
    const library = new Library(CONTENT, { files: first.files });
    await library.getReady();
    await first.written;
    expect(first.names.toSorted()).to.deep.equal(["en", "en-passages", "fr", "fr-passages"]);

    const second = watched(openLearntFiles(folder, silentLogger));
    const again = new Library(CONTENT, { files: second.files });
    await again.getReady();
    expect(second.names).to.deep.equal([]);
    for (const text of ["the condom broke", "my period is late"]) {
      const question = { text, language: "en", history: [] };
      expect(await again.answer(question, "no-model")).to.deep.equal(
        await library.answer(question, "no-model"),
      );
    }
  });

  it("answers in the person's language while the other one's index is still read", async () => {
    let reading = (): void => undefined;
    const isRead = new Promise<void>((resolve) => {
      reading = resolve;
    });
    const files: LearntFiles = {
      async *read(name) {
        if (name === "fr") await isRead;
        yield* [];
      },
      write: async () => {},
    };
    const library = new Library(CONTENT, { files });
    const ask = (text: string) => library.answer({ text, language: "en", history: [] }, "no-model");
    const answer = await ask("the condom breaks or slips off");
    expect(answer?.kind).to.be.oneOf(["answer", "choice"]);
    let isAnswered = false;
    const other = ask("le préservatif a craqué").then(() => {
      isAnswered = true;
    });
    await ask("a late period");
    expect(isAnswered, "before the language it is in").to.equal(false);
    reading();
    await other;
  });

  it("builds an index again when its file is damaged", async () => {
    const first = watched(openLearntFiles(folder, silentLogger));
    await new Library(CONTENT, { files: first.files }).getReady();
    await first.written;
    for (const name of first.names) {
      const path = join(folder, `${name}.index`);
      const damaged = await readFile(path);
      damaged[200] = (damaged[200] ?? 0) + 1;
      await writeFile(path, damaged);
    }
    const second = watched(openLearntFiles(folder, silentLogger));
    await new Library(CONTENT, { files: second.files }).getReady();
    await second.written;
    const third = watched(openLearntFiles(folder, silentLogger));
    await new Library(CONTENT, { files: third.files }).getReady();
    expect(third.names).to.deep.equal([]);
  });

  it("answers all the same where nothing can be written", async () => {
    await writeFile(join(folder, "..", "file"), "");
    const files = openLearntFiles(join(folder, "..", "file", "no-folder"), silentLogger);
    const library = new Library(CONTENT, { files });
    const answer = await library.answer(
      { text: "the condom broke last night, what now?", language: "en", history: [] },
      "no-model",
    );
    expect(answer?.kind).to.be.oneOf(["answer", "choice"]);
  });

  it("gives up building when it is no longer wanted", async () => {
    const unwanted = new AbortController();
    const library = new Library(CONTENT, { signal: unwanted.signal });
    unwanted.abort(new Error("stopping"));
    const outcome = await library.getReady().catch((error: unknown) => error);
    expect(outcome).to.have.property("message", "stopping");
  });
});
