import { chmod, readFile, rename, writeFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { errorCode } from "../core/index.ts";
import type { SettingName } from "./settings.ts";

/** Settings to write; null takes one out. */
export type SettingChanges = Partial<Record<SettingName, string | null>>;

/** The text of an `.env` file; empty when there is none. */
export async function readEnvFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "";
    throw error;
  }
}

/** The text with the changes made where the settings are, or at its end; everything else stays as it is. */
export function changeEnvText(text: string, changes: SettingChanges): string {
  const left = new Map(Object.entries(changes));
  const lines = text.split("\n").flatMap((line) => {
    const name = /^\s*(?:export\s+)?([A-Z_]+)\s*=/.exec(line)?.[1];
    if (name === undefined || !left.has(name)) return [line];
    const value = left.get(name) ?? null;
    left.delete(name);
    return value === null ? [] : [lineFor(name, value)];
  });
  while (lines.at(-1) === "") lines.pop();
  const added = [...left].flatMap(([name, value]) => (value === null ? [] : [lineFor(name, value)]));
  return `${[...lines, ...added].join("\n")}\n`;
}

/** Writes a file that only its owner may read, whole or not at all. */
export async function writeEnvFile(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, text, { mode: 0o600 });
  await chmod(draft, 0o600); // an earlier draft keeps its own mode
  await rename(draft, path);
}

/** A line that is read back as the same value. */
function lineFor(name: string, value: string): string {
  const line = [value, `"${value}"`, `'${value}'`]
    .map((written) => `${name}=${written}`)
    .find((candidate) => parseEnv(candidate)[name] === value);
  if (line === undefined)
    throw new Error(`${name} cannot be written to a file: it has quotes of every kind.`);
  return line;
}
