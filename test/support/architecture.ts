import { readdirSync, readFileSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";

/** A source file: its path from the project's root, with forward slashes, and its text. */
export interface SourceFile {
  path: string;
  text: string;
}

const FEATURES = ["inbox", "conversation", "answers", "content", "media", "web", "sandbox", "cluster"];
/** What features build on. */
const GROUND = ["store", "telegram", "performance", "risk", "text", "core"];

/** Folders whose values the files of each folder of lib/ may import, besides their own. */
const MAY_IMPORT: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ["core", []],
  ["text", ["core"]],
  ["config", ["text", "core"]],
  ["embedded-mongo", ["core"]],
  ["performance", ["core"]],
  ["risk", ["text", "core"]],
  ["store", ["performance", "core"]],
  ["telegram", ["performance", "core"]],
  ...FEATURES.map((folder) => [folder, GROUND] as const),
  ["operations", [...FEATURES, ...GROUND]],
]);

/** Folders of lib/ that are for tests and scripts alone, with an `index.ts` of their own. */
const SECOND_INDEX = ["lib/sandbox/models/index.ts"];

/** Packages only one folder may import, so that the rest of the program does not know of them. */
const ONLY_IMPORTER: ReadonlyMap<string, string> = new Map([
  ["mongodb", "lib/store/"],
  ["node-telegram-bot-api", "lib/telegram/"],
  ["bullmq", "lib/cluster/"],
  ["ioredis", "lib/cluster/"],
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

/** The most files of a folder beside its sub-folders, so that a reader takes it in at once. */
const MAX_LOOSE_FILES = 15;

/** The paths of all files of `folders`, with forward slashes. */
export function readPaths(root: string, folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => posix.join(...relative(root, join(parentPath, name)).split(sep)))
      .toSorted(),
  );
}

/** Folders with too many files of their own. */
export function findCrowdedRooms(paths: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const room of paths.map(posix.dirname)) counts.set(room, (counts.get(room) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > MAX_LOOSE_FILES)
    .map(([room, count]) => `${room} has ${count} files, more than ${MAX_LOOSE_FILES}: give some a folder`);
}

/** Value imports against the direction main → app → operations → features → store, telegram, performance → core. */
export function findWrongDirections(files: readonly SourceFile[]): string[] {
  return eachImport(files, (from, to, isType) => {
    const folder = folderOf(from);
    if (!from.startsWith("lib/") || !isOurs(to)) return null;
    if (!to.startsWith("lib/")) return "the program does not import what is not in lib/";
    if (folder === "main") return null;
    if (folderOf(to) === "main") return "lib/main.ts starts the program and is imported by none";
    if (folder === "app") return null;
    const allowed = MAY_IMPORT.get(folder);
    if (!allowed)
      return `lib/${folder}/ has no place in the design yet; give it one in ${posix.basename(import.meta.url)}`;
    if (folderOf(to) === folder || allowed.includes(folderOf(to))) return null;
    if (isType && [...FEATURES, "store"].includes(folderOf(to)) && folder !== "core") return null;
    if (FEATURES.includes(folder) && FEATURES.includes(folderOf(to))) {
      return "features import only types of each other; let lib/app/ hand the value in";
    }
    return `lib/${folder}/ may import only ${[...allowed, "its own files"].join(", ")}`;
  });
}

/** Folders of lib/ that import each other in a circle, types included, as `a (file) → b (file) → a`. */
export function findRoomCircles(files: readonly SourceFile[]): string[] {
  /** For each folder, the folders it imports, each with one file that does. */
  const rooms = new Map<string, Map<string, string>>();
  eachImport(files, (from, to) => {
    const [source, target] = [folderOf(from), folderOf(to)];
    if (from.startsWith("lib/") && to.startsWith("lib/") && source !== target) {
      rooms.set(source, (rooms.get(source) ?? new Map<string, string>()).set(target, from));
    }
    return null;
  });
  return circlesOf(new Map([...rooms].map(([room, targets]) => [room, [...targets.keys()]]))).map((circle) =>
    circle
      .map((room, index) => {
        const next = circle[index + 1];
        return next === undefined ? room : `${room} (${rooms.get(room)?.get(next)})`;
      })
      .join(" → "),
  );
}

/** Imports of a folder's inner files from outside it. */
export function findImportsPastIndex(files: readonly SourceFile[]): string[] {
  return eachImport(files, (from, to) => {
    const [top, folder, ...inside] = to.split("/");
    if (top !== "lib" || folder === undefined || inside.length === 0) return null;
    if (from.startsWith(`lib/${folder}/`) || inside.join("/") === "index.ts") return null;
    if (SECOND_INDEX.includes(to) && !from.startsWith("lib/")) return null;
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
      const imports = importsOf(text)
        .map(({ target }) => target)
        .filter((target) => /^(?:node:)?process$/.test(target));
      return [...uses, ...imports].map(
        (use) => `${path} uses ${use}: only lib/main.ts does; hand the setting or the callback in`,
      );
    });
}

/** Files that import values of each other in a circle, each circle once, as `a → b → a`. */
export function findCycles(files: readonly SourceFile[]): string[] {
  const graph = new Map(
    files.map(({ path, text }) => [
      path,
      importsOf(text)
        .filter(({ isType }) => !isType)
        .map(({ target }) => resolve(path, target)),
    ]),
  );
  return circlesOf(graph).map((circle) => circle.join(" → "));
}

/** The circles a depth-first walk of a graph meets, each beginning and ending with the same node. */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const visit = (node: string, trail: readonly string[]): void => {
    const start = trail.indexOf(node);
    if (start !== -1) circles.push([...trail.slice(start), node]);
    if (start !== -1 || done.has(node)) return;
    for (const target of graph.get(node) ?? []) visit(target, [...trail, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return circles;
}

/** Asks `judge` about every import; what it answers is the reason the import is wrong. */
function eachImport(
  files: readonly SourceFile[],
  judge: (from: string, to: string, isType: boolean) => string | null,
): string[] {
  return files.flatMap(({ path, text }) =>
    importsOf(text).flatMap(({ target, isType }) => {
      const to = resolve(path, target);
      const reason = judge(path, to, isType);
      return reason === null ? [] : [`${path} imports ${to}: ${reason}`];
    }),
  );
}

interface Import {
  /** As written. */
  target: string;
  /** Whether nothing but types is imported, so that it is gone at run time. */
  isType: boolean;
}

/** What a file imports or re-exports, statically, dynamically or by `require`. */
function importsOf(text: string): Import[] {
  const code = withoutComments(text);
  // The formatter starts every static import on a new line, so that strings with an import in them do not match.
  const fixed = code.matchAll(
    /^(?:import|export)\b(?<names>[^"';]*?\bfrom)?\s*["'](?<target>[^"'\n]+)["']/gm,
  );
  const dynamic = code.matchAll(
    /\b(?:import|require)\(\s*["'`](?<target>[^"'`\n]+)["'`]\s*\)(?<type>\.[A-Z])?/g,
  );
  return [
    ...[...fixed].map(({ groups }) => ({
      target: groups?.target ?? "",
      isType: isTypeOnly(groups?.names ?? ""),
    })),
    ...[...dynamic].map(({ groups }) => ({
      target: groups?.target ?? "",
      isType: groups?.type !== undefined,
    })),
  ];
}

/** Whether an import clause names types only: `type { A }` or `{ type A, type B }`. */
function isTypeOnly(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true;
  const names =
    /^\s*\{([^}]*)\}/
      .exec(clause)?.[1]
      ?.split(",")
      .map((name) => name.trim()) ?? [];
  return names.length > 0 && names.filter((name) => name !== "").every((name) => name.startsWith("type "));
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

/** The folder of lib/ a file is in; `main` for lib/main.ts. */
function folderOf(path: string): string {
  const [, folder = ""] = path.split("/");
  return folder === "main.ts" ? "main" : folder;
}
