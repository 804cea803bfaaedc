import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** The user `nobody`, where tests run as root; nobody else may change the user. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
/** Runs a program without the rights of root. */
export const UNPRIVILEGED = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

export interface Folder {
  path: string;
  remove(): Promise<void>;
}

/** A folder that belongs to the unprivileged user. */
export async function openFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "helpline-ops-"));
  if (isRoot) await chown(path, NOBODY, NOBODY);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Gives a folder with all that is in it to the unprivileged user. */
export function giveAway(path: string): void {
  if (!isRoot) return;
  chownSync(path, NOBODY, NOBODY);
  execFileSync("chown", ["-R", `${NOBODY}:${NOBODY}`, path]);
}

/** What every program gets; npm keeps its own files in the folder. */
export function environmentIn(folder: string): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) =>
    /^(PATH|npm_config_|NODE_EXTRA_CA_CERTS)/i.test(name),
  );
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    HOME: folder,
    npm_config_cache: join(folder, ".npm"),
  };
}

/** The packages' whole size in MB. */
export function sizeMb(path: string): number {
  return Number(execFileSync("du", ["-sm", path], { encoding: "utf8" }).split("\t")[0]);
}

export interface RunOptions {
  cwd: string;
  env: Record<string, string>;
}

/** Runs a program to its end as the unprivileged user. @throws with its output when it fails */
export async function run(program: string, args: readonly string[], options: RunOptions): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { ...options, ...UNPRIVILEGED });
    return stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(" ")} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** Starts a bot as the unprivileged user, and resolves once it says that it is running. */
export async function startBot(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<{ child: ChildProcess; url: string; stop(signal: NodeJS.Signals): Promise<number | null> }> {
  const child = spawn(program, args, { ...options, ...UNPRIVILEGED, stdio: ["ignore", "pipe", "pipe"] });
  const exited = once(child, "exit").then(([code]) => code as number | null);
  let output = "";
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (/Dashboard +http:\S+\n/.test(output)) resolve();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    exited.then((code) => reject(new Error(`The bot ended with ${code}:\n${output}`)), reject);
  });
  return {
    child,
    url: /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0] ?? "",
    async stop(signal) {
      child.kill(signal);
      return await exited;
    },
  };
}
