import { fileURLToPath } from "node:url";
import { expect } from "chai";
import {
  findCrowdedRooms,
  findCycles,
  findForeignPackages,
  findImportsPastIndex,
  findProcessUses,
  findRoomCircles,
  findWrongDirections,
  readPaths,
  readSources,
  type SourceFile,
} from "./support/architecture.ts";

type FindMistakes = (files: readonly SourceFile[]) => string[];

/** A planted mistake: the file it is in, its text, and what the message must name. */
type Planted = readonly [path: string, text: string, named: string];

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = readSources(root, ["lib", "scripts"]);

/** Checks the program, then that the check finds each planted mistake and leaves what is right alone. */
function rule(
  sentence: string,
  find: FindMistakes,
  planted: readonly Planted[],
  right: readonly Planted[] = [],
): void {
  describe(sentence, () => {
    it("holds in lib and scripts", () => expect(find(sources).join("\n")).to.equal(""));

    for (const [path, text, named] of planted) {
      it(`is broken by ${JSON.stringify(text)} in ${path}`, () => {
        const known = find(sources);
        const mistakes = find([...sources.filter((file) => file.path !== path), { path, text }]).filter(
          (mistake) => !known.includes(mistake),
        );
        expect(mistakes).to.have.lengthOf(1);
        expect(mistakes[0]).to.include(path).and.include(named);
      });
    }

    for (const [path, text] of right) {
      it(`is not broken by ${JSON.stringify(text)} in ${path}`, () =>
        expect(find([{ path, text }])).to.deep.equal([]));
    }
  });
}

describe("The architecture", () => {
  it("is checked over the whole program", () => {
    expect(sources.map(({ path }) => path)).to.include.members([
      "lib/main.ts",
      "lib/app/app.ts",
      "lib/core/index.ts",
    ]);
  });

  rule(
    "main → app → operations → features → store, telegram, performance → core",
    findWrongDirections,
    [
      ["lib/inbox/planted.ts", 'import { createAnswers } from "../answers/index.ts";', "only types"],
      ["lib/inbox/planted.ts", 'import { type A, b } from "../answers/index.ts";', "only types"],
      ["lib/core/planted.ts", 'import type { Answers } from "../answers/index.ts";', "may import only"],
      ["lib/web/planted.ts", 'export * from "../sandbox/index.ts";', "only types"],
      ["lib/media/planted.ts", 'export {\n  type A,\n  b,\n} from "../content/index.ts";', "only types"],
      ["lib/answers/planted.ts", 'const later = await import("../inbox/index.ts");', "only types"],
      ["lib/answers/planted.ts", 'type Config = import("../config/index.ts").Config;', "may import only"],
      ["lib/answers/planted.ts", 'import { createApp } from "../app/index.ts";', "lib/app/index.ts"],
      [
        "lib/store/planted.ts",
        'import { createInbox } from "../inbox/index.ts";',
        "may import only performance",
      ],
      ["lib/store/planted.ts", 'import "../telegram/index.ts";', "may import only performance"],
      [
        "lib/core/planted.ts",
        'import { openStore } from "../store/index.ts";',
        "may import only its own files",
      ],
      [
        "lib/config/planted.ts",
        'import { openStore } from "../store/index.ts";',
        "may import only text, core",
      ],
      [
        "lib/embedded-mongo/query/planted.ts",
        'import { a } from "../../store/index.ts";',
        "may import only core",
      ],
      ["lib/app/planted.ts", 'import "../main.ts";', "lib/main.ts"],
      ["lib/core/planted.ts", 'import { FakeClock } from "../../test/support/fake-clock.ts";', "not in lib/"],
      ["lib/planted/index.ts", 'import { AppError } from "../core/index.ts";', "no place in the design"],
    ],
    [
      ["lib/inbox/planted.ts", 'import { a } from "../store/index.ts";\nimport { b } from "./b.ts";', ""],
      ["lib/inbox/planted.ts", '// import { a } from "../answers/index.ts";', ""],
      ["lib/inbox/planted.ts", '/**\n * Like `import("../answers/index.ts")`.\n */', ""],
      ["lib/inbox/planted.ts", 'import type { Answers } from "../answers/index.ts";', ""],
      ["lib/inbox/planted.ts", 'import { type A, type B } from "../answers/index.ts";', ""],
      ["lib/inbox/planted.ts", 'type Answers = import("../answers/index.ts").Answers;', ""],
      ["lib/app/app.ts", 'import { createInbox } from "../inbox/index.ts";', ""],
    ],
  );

  rule(
    "Outsiders import a folder's index.ts only",
    findImportsPastIndex,
    [
      ["lib/inbox/planted.ts", 'import { backoffMs } from "../core/backoff.ts";', "lib/core/index.ts"],
      ["lib/app/app.ts", 'import { split } from "../telegram/formatting/index.ts";', "lib/telegram/index.ts"],
      ["lib/app/app.ts", 'import { f } from "../sandbox/models/index.ts";', "lib/sandbox/index.ts"],
      ["scripts/planted.ts", 'import { backoffMs } from "../lib/core/backoff.ts";', "lib/core/index.ts"],
    ],
    [["lib/core/planted/a.ts", 'import { backoffMs } from "../backoff.ts";', ""]],
  );

  rule(
    "Only lib/store imports mongodb, only lib/telegram node-telegram-bot-api",
    findForeignPackages,
    [
      ["lib/inbox/planted.ts", 'import type { Db } from "mongodb";', "lib/store/index.ts"],
      ["lib/web/planted.ts", 'const { MongoClient } = await import("mongodb");', "lib/store/index.ts"],
      [
        "lib/sandbox/planted.ts",
        'import type { Update } from "node-telegram-bot-api";',
        "lib/telegram/index.ts",
      ],
      ["lib/web/planted.ts", 'export type * from "node-telegram-bot-api/types";', "lib/telegram/index.ts"],
    ],
    [
      ["lib/store/planted.ts", 'import { MongoClient } from "mongodb";', ""],
      ["scripts/planted.ts", 'import { MongoMemoryServer } from "mongodb-memory-server";', ""],
    ],
  );

  rule(
    "Only lib/main.ts and scripts touch process.env and process.exit",
    findProcessUses,
    [
      ["lib/config/planted.ts", "const token = process.env.TOKEN;", "process.env"],
      ["lib/app/app.ts", "if (failed) process.exit(1);", "process.exit"],
      ["lib/web/planted.ts", 'import { env } from "node:process";', "node:process"],
      ["lib/web/planted.ts", 'const env = process["env"];', "process["],
    ],
    [
      ["lib/main.ts", "process.exit(process.env.CODE);", ""],
      ["lib/web/planted.ts", "// never process.exit here\nconst { pid } = process;", ""],
    ],
  );

  rule("No folders of lib/ import each other in a circle, types included", findRoomCircles, [
    ["lib/risk/planted.ts", 'import type { Passage } from "../content/index.ts";', "content (lib/content/"],
  ]);

  rule("No files import values of each other in a circle", findCycles, [
    ["lib/core/planted.ts", 'import { a } from "./planted.ts";', "lib/core/planted.ts → lib/core/planted.ts"],
    ["lib/core/errors.ts", 'export * from "./index.ts";', "lib/core/errors.ts"],
  ]);

  describe("No folder holds more than 15 files beside its sub-folders", () => {
    // Fixtures are one a release.
    const paths = readPaths(root, ["lib", "scripts", "test"]).filter((path) => !path.endsWith(".json"));

    it("holds in lib, scripts and test", () => {
      expect(paths).to.include.members(["lib/main.ts", "lib/sandbox/page/messages/bubbles.css"]);
      expect(findCrowdedRooms(paths).join("\n")).to.equal("");
    });

    it("is broken by a sixteenth file, of any kind, but not by files in sub-folders", () => {
      const full = Array.from({ length: 15 }, (_, index) => `lib/planted/${index}.ts`);
      expect(findCrowdedRooms([...full, "lib/planted/more/style.css"])).to.deep.equal([]);
      expect(findCrowdedRooms([...full, "lib/planted/style.css"])).to.deep.equal([
        "lib/planted has 16 files, more than 15: give some a folder",
      ]);
    });
  });
});
