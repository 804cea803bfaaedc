import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

/** A source file: its path from the project's root, with forward slashes, and its text. */
export interface SourceFile {
  path: string;
  text: string;
}

const FEATURES = ["inbox", "conversation", "answers", "content", "media", "web", "sandbox"];
const GROUND = ["store", "telegram", "performance"];

/** What the files of each folder of lib/ may import beside their own folder. */
const MAY_IMPORT: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ["core", []],
  ["config", ["core"]],
  ["embedded-mongo", ["core"]],
  ...GROUND.map((folder) => [folder, ["core"]] as const),
  ...FEATURES.map((folder) => [folder, [...GROUND, "core"]] as const),
]);

/** Packages only one folder may import, so that the rest of the program does not know of them. */
const ONLY_IMPORTER: ReadonlyMap<string, string> = new Map([
  ["mongodb", "lib/store/"],
  ["node-telegram-bot-api", "lib/telegram/"],
]);

/** Reads the TypeScript files of `folders`, sorted by path. */
export function readSources(root: string, folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => posix.join(folder, name.replaceAll("\\", "/")))
      .toSorted()
      .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") })),
  );
}

/** Imports against the direction main → app → features → store, telegram, performance → core. */
export function findWrongDirections(files: readonly SourceFile[]): string[] {
  return eachImport(files, (from, to) => {
    const folder = folderOf(from);
    if (!from.startsWith("lib/") || !isOurs(to)) return null;
    if (!to.startsWith("lib/")) return "the program does not import what is not in lib/";
    if (folder === "main") return null;
    if (folder === "app")
      return folderOf(to) === "main" ? "lib/main.ts starts the program and is imported by none" : null;
    const allowed = MAY_IMPORT.get(folder);
    if (!allowed)
      return `lib/${folder}/ has no place in the design yet; give it one in ${posix.basename(import.meta.url)}`;
    if (folderOf(to) === folder || allowed.includes(folderOf(to))) return null;
    if (FEATURES.includes(folder) && FEATURES.includes(folderOf(to))) {
      return "feature folders do not import each other; declare the port as a type and let lib/app.ts hand it in";
    }
    return `lib/${folder}/ may import only ${[...allowed, "its own files"].join(", ")}`;
  });
}

/** Imports of a folder's inner files from outside it. */
export function findImportsPastIndex(files: readonly SourceFile[]): string[] {
  return eachImport(files, (from, to) => {
    const [top, folder, ...inside] = to.split("/");
    if (top !== "lib" || folder === undefined || inside.length === 0) return null;
    if (from.startsWith(`lib/${folder}/`) || inside.join("/") === "index.ts") return null;
    return `from outside, import lib/${folder}/index.ts`;
  });
}

/** Imports in lib/ of `mongodb` outside lib/store/ and of `node-telegram-bot-api` outside lib/telegram/. */
export function findForeignPackages(files: readonly SourceFile[]): string[] {
  return eachImport(files, (from, to) => {
    for (const [name, folder] of ONLY_IMPORTER) {
      const isImported = to === name || to.startsWith(`${name}/`);
      if (isImported && from.startsWith("lib/") && !from.startsWith(folder)) {
        return `only ${folder} may import it; import what you need from ${folder}index.ts`;
      }
    }
    return null;
  });
}

/** Uses of `process.env` and `process.exit` in lib/ outside lib/main.ts. */
export function findProcessUses(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => path.startsWith("lib/") && path !== "lib/main.ts")
    .flatMap(({ path, text }) => {
      const code = withoutComments(text);
      const uses = [...code.matchAll(/\bprocess\s*\??\.\s*(?:env|exit)\b|\bprocess\s*\[/g)].map(
        ([use]) => use,
      );
      const imports = importsOf(text).filter((target) => /^(?:node:)?process$/.test(target));
      return [...uses, ...imports].map(
        (use) => `${path} uses ${use}: only lib/main.ts does; hand the setting or the callback in`,
      );
    });
}

/** Files that import each other in a circle, each circle once, as `a → b → a`. */
export function findCycles(files: readonly SourceFile[]): string[] {
  const graph = new Map(
    files.map(({ path, text }) => [path, importsOf(text).map((target) => resolve(path, target))]),
  );
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) cycles.push([...trail.slice(start), path].join(" → "));
    if (start !== -1 || done.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return cycles;
}

/** Asks `judge` about every import; what it answers is the reason the import is wrong. */
function eachImport(
  files: readonly SourceFile[],
  judge: (from: string, to: string) => string | null,
): string[] {
  return files.flatMap(({ path, text }) =>
    importsOf(text).flatMap((target) => {
      const to = resolve(path, target);
      const reason = judge(path, to);
      return reason === null ? [] : [`${path} imports ${to}: ${reason}`];
    }),
  );
}

/** What a file imports or re-exports, statically (types included), dynamically or by `require`, as written. */
function importsOf(text: string): string[] {
  const code = withoutComments(text);
  // The formatter puts every static import at the beginning of a line, so strings that hold one are not taken for one.
  const fixed = code.matchAll(/^(?:import|export)\b(?:[^"';]*?\bfrom)?\s*["']([^"'\n]+)["']/gm);
  const dynamic = code.matchAll(/\b(?:import|require)\(\s*["'`]([^"'`\n]+)["'`]/g);
  return [...fixed, ...dynamic].map(([, target = ""]) => target);
}

function withoutComments(text: string): string {
  return text.replaceAll(/^\s*(?:\/\/|\/\*|\*[\s/]).*$/gm, "");
}

function resolve(from: string, target: string): string {
  return target.startsWith(".") ? posix.join(posix.dirname(from), target) : target;
}

function isOurs(path: string): boolean {
  return /^(?:lib|scripts|test)\//.test(path);
}

/** The folder of lib/ a file is in; the files lib/ itself holds are `main` and the composition root, `app`. */
function folderOf(path: string): string {
  const [, folder = "", ...inside] = path.split("/");
  if (inside.length > 0) return folder;
  return folder === "main.ts" ? "main" : "app";
}
