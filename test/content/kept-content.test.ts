import { deepStrictEqual } from "node:assert";
import { mkdir, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { expect } from "chai";
import { type Content, loadContent, loadKeptContent } from "../../lib/content/index.ts";
import { type LearntFiles, OperatorError } from "../../lib/core/index.ts";
import { SAMPLE, withFolder } from "./temporary-content.ts";

const FLOW = "title: { en: Hello, fr: Bonjour }\nsteps:\n  hi: { photo: a.png, end: true }\n";
const ONE_PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg==",
  "base64",
);

/** What is kept, in memory; counts how often content is kept, which it is whenever it was read from its folder. */
class KeptFiles implements LearntFiles {
  written = 0;
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();

  async *read(name: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const file = this.files.get(name);
    if (file) yield file;
  }

  write(name: string, file: Uint8Array): Promise<void> {
    this.written += 1;
    this.files.set(name, new Uint8Array(file));
    return Promise.resolve();
  }
}

interface Kept {
  folder: string;
  files: KeptFiles;
  load(reader?: string): Promise<Content>;
  /** Loads the content. @returns whether it was read from its folder */
  isReadAnew(reader?: string): Promise<boolean>;
}

/** Calls `use` with the folder of content that was kept. */
async function withKept(use: (kept: Kept) => Promise<void>): Promise<void> {
  await withFolder({ "media/a.png": ONE_PIXEL, "flows/welcome.yaml": FLOW }, async (folder) => {
    const files = new KeptFiles();
    const load = (reader = "a program"): Promise<Content> =>
      loadKeptContent(folder, { mediaFolder: join(folder, "media") }, { files, reader });
    const isReadAnew = async (reader?: string): Promise<boolean> => {
      const before = files.written;
      await load(reader);
      return files.written > before;
    };
    await load();
    await use({ folder, files, load, isReadAnew });
  });
}

describe("kept content", () => {
  it("is the same as what is in the files, and says the same", async () => {
    const files = new KeptFiles();
    const load = (): Promise<Content> => loadKeptContent(SAMPLE, {}, { files, reader: "a program" });
    await load();
    const { translate, say, chooseLanguage, ...data } = await load();
    expect(files.written).to.equal(1);
    const { translate: translateSample, say: _, chooseLanguage: __, ...sample } = await loadContent(SAMPLE);
    deepStrictEqual(data, sample);
    expect(translate("fr-CA", "commands.start")).to.equal(translateSample("fr", "commands.start"));
    expect(say({ en: "Yes", fr: "Oui" }, chooseLanguage("fr-BE"))).to.equal("Oui");
  });

  it("is read anew when a file was changed, added or removed", () =>
    withKept(async ({ folder, load, isReadAnew }) => {
      expect(await isReadAnew()).to.equal(false);
      const page = join(folder, "knowledge/en/condoms.md");
      await writeFile(page, "# Condoms\n\nA condom helps.\n");
      expect(await isReadAnew()).to.equal(true);
      expect(JSON.stringify((await load()).passages)).to.include("helps");
      for (const language of ["en", "fr"]) {
        await writeFile(
          join(folder, `knowledge/${language}/pill.md`),
          "# Pill\n\nThe pill is taken daily.\n",
        );
      }
      expect(await isReadAnew()).to.equal(true);
      for (const language of ["en", "fr"]) await rm(join(folder, `knowledge/${language}/pill.md`));
      expect(await isReadAnew()).to.equal(true);
      expect(await isReadAnew()).to.equal(false);
    }));

  it("is read anew when a file of the media was changed, so that a wrong one is named", () =>
    withKept(async ({ folder, load, isReadAnew }) => {
      const picture = join(folder, "media/a.png");
      await utimes(picture, 1, 1);
      expect(await isReadAnew()).to.equal(true);
      await writeFile(picture, "no picture");
      const error = await load().catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(OperatorError);
      expect((error as Error).message).to.include('"a.png", which is not a JPEG');
    }));

  it("is read anew when a file was renamed, however its folder is written", () =>
    withKept(async ({ folder, files }) => {
      const written = `./${relative(".", folder)}/../${folder.split("/").at(-1)}`;
      const options = { mediaFolder: `${written}/media` };
      const load = () => loadKeptContent(written, options, { files, reader: "a program" });
      await load();
      await rename(join(folder, "media/a.png"), join(folder, "media/b.png"));
      const error = await load().catch((reason: unknown) => reason);
      expect(String(error)).to.include('"a.png", which is not in the media folder');
    }));

  it("is not read anew for what is no content, such as the files of a clone", () =>
    withKept(async ({ folder, isReadAnew }) => {
      await mkdir(join(folder, ".git"));
      await writeFile(join(folder, ".git/index"), "changed");
      await writeFile(join(folder, "bot.yaml~"), "an editor's backup");
      expect(await isReadAnew()).to.equal(false);
    }));

  it("is read anew by another program", () =>
    withKept(async ({ isReadAnew }) => {
      expect(await isReadAnew("another program")).to.equal(true);
    }));

  it("is read anew when what was kept is damaged", () =>
    withKept(async ({ files, isReadAnew }) => {
      const file = files.files.get("content") as Uint8Array;
      for (const at of [4, 20, 200, file.length - 1]) {
        const damaged = new Uint8Array(file);
        damaged[at] = (damaged[at] ?? 0) ^ 1;
        files.files.set("content", damaged);
        expect(await isReadAnew(), `byte ${at}`).to.equal(true);
      }
    }));

  it("is not kept when a folder cannot be read, since what is in it may change unseen", () =>
    withKept(async ({ folder, files }) => {
      const options = { mediaFolder: join(folder, "media/a.png") };
      const flow = "title: { en: Hello, fr: Bonjour }\nsteps: { hi: { end: true } }\n";
      await writeFile(join(folder, "flows/welcome.yaml"), flow);
      const before = files.written;
      await loadKeptContent(folder, options, { files, reader: "a program" });
      expect(files.written).to.equal(before);
    }));

  it("with a link in its folder is not kept, since what the link leads to may change unseen", () =>
    withKept(async ({ folder, files, isReadAnew }) => {
      const elsewhere = join(folder, "media/a.txt");
      await writeFile(elsewhere, "# Pill\n\nThe pill is taken daily.\n");
      for (const language of ["en", "fr"]) {
        await symlink(elsewhere, join(folder, `knowledge/${language}/pill.md`));
      }
      expect(await isReadAnew()).to.equal(false);
      expect(files.written).to.equal(1);
    }));
});
