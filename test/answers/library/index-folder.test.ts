import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type IndexFiles, Library, openIndexFolder } from "../../../lib/answers/index.ts";
import { type Logger, silentLogger } from "../../../lib/core/index.ts";
import { pagesOf, passages } from "../passages.ts";

const CONTENT = { passages, pages: pagesOf(passages), unanswered: {} };

describe("the folder of the library's indexes", () => {
  let folder: string;
  let warnings: string[];
  let logger: Logger;

  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), "library-index-")), "indexes");
    warnings = [];
    logger = { ...silentLogger, warn: (message) => void warnings.push(message) };
  });

  afterEach(() => rm(join(folder, ".."), { recursive: true, force: true }));

  /** Counts how often indexes are written; resolves `written` with the languages of the first two. */
  function watched(files: IndexFiles) {
    const languages: string[] = [];
    let done = (): void => undefined;
    const written = new Promise<void>((resolve) => {
      done = resolve;
    });
    const watchedFiles: IndexFiles = {
      read: files.read,
      async write(language, file, signal) {
        await files.write(language, file, signal);
        languages.push(language);
        if (languages.length === 2) done();
      },
    };
    return { files: watchedFiles, languages, written };
  }

  it("gives back what was written, for the bot's own user only", async () => {
    const files = openIndexFolder(folder, logger);
    expect(await files.read("en")).to.equal(null);
    await files.write("en", Uint8Array.of(1, 2, 3));
    await files.write("en", Uint8Array.of(4, 5));
    expect([...((await files.read("en")) ?? [])]).to.deep.equal([4, 5]);
    expect(await readdir(folder)).to.deep.equal(["en.index"]);
    expect((await stat(folder)).mode & 0o777).to.equal(0o700);
    expect((await stat(join(folder, "en.index"))).mode & 0o777).to.equal(0o600);
    expect(warnings).to.deep.equal([]);
  });

  it("is shared by several instances that write at the same time, and keeps nothing that one left unfinished", async () => {
    const files = openIndexFolder(folder, logger);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => files.write("en", new Uint8Array(100_000).fill(index))),
    );
    const left = join(folder, "en.index.left.new");
    await writeFile(left, "cut short");
    await utimes(left, 0, 0);
    await files.write("fr", Uint8Array.of(1));
    expect(await readdir(folder)).to.have.members(["en.index", "fr.index"]);
    expect(new Set(await files.read("en"))).to.have.property("size", 1);
    expect(warnings).to.deep.equal([]);
  });

  it("does without a file that cannot be read or written, and says so", async () => {
    await mkdir(join(folder, "en.index", "a-folder"), { recursive: true });
    const files = openIndexFolder(folder, logger);
    expect(await files.read("en")).to.equal(null);
    await files.write("en", Uint8Array.of(1));
    expect(warnings).to.have.lengthOf(2);
  });

  it("lets a second start do without building an index", async () => {
    const first = watched(openIndexFolder(folder, logger));
    const library = new Library(CONTENT, { files: first.files });
    await library.getReady();
    await first.written;
    expect(first.languages.toSorted()).to.deep.equal(["en", "fr"]);

    const second = watched(openIndexFolder(folder, logger));
    const again = new Library(CONTENT, { files: second.files });
    await again.getReady();
    expect(second.languages).to.deep.equal([]);
    for (const text of ["the condom broke", "my period is late"]) {
      const question = { text, language: "en", history: [] };
      expect(await again.answer(question, "no-model")).to.deep.equal(
        await library.answer(question, "no-model"),
      );
    }
  });

  it("builds an index again when its file is damaged", async () => {
    const first = watched(openIndexFolder(folder, logger));
    await new Library(CONTENT, { files: first.files }).getReady();
    await first.written;
    for (const language of ["en", "fr"]) {
      const path = join(folder, `${language}.index`);
      const damaged = await readFile(path);
      damaged[200] = (damaged[200] ?? 0) + 1;
      await writeFile(path, damaged);
    }
    const second = watched(openIndexFolder(folder, logger));
    await new Library(CONTENT, { files: second.files }).getReady();
    await second.written;
    const third = watched(openIndexFolder(folder, logger));
    await new Library(CONTENT, { files: third.files }).getReady();
    expect(third.languages).to.deep.equal([]);
  });

  it("answers all the same where nothing can be written", async () => {
    await writeFile(join(folder, "..", "file"), "");
    const files = openIndexFolder(join(folder, "..", "file", "no-folder"), logger);
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
