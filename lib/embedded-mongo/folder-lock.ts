import { link, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { Int32 } from "bson";
import { errorCode, errorMessage, OperatorError } from "../core/index.ts";
import type { Value } from "./bson/values.ts";
import { FrameReader } from "./wire/frames.ts";
import { readMessage, writeCommand } from "./wire/messages.ts";

/** Who uses a folder: the process, the port it answers on, and the name by which it knows itself there. */
export interface Owner {
  pid: number;
  port: number;
  token: string;
}

/** `owner.<turn>.json`: the highest is the owner's. A turn is taken once, and never comes again. */
const FILE = /^owner\.(\d+)\.json$/;
/** How long a living owner may take to answer, in milliseconds. */
const PROBE_MS = 3_000;
/** Others may be starting at the same moment; more attempts than this means something is wrong. */
const MAX_ATTEMPTS = 10;

/**
 * Takes a folder for this process, from a dead owner too. The file is left behind: whoever comes next finds that its
 * owner does not answer. Were it removed, one that had found an earlier owner dead could take a turn beside another.
 * @throws OperatorError when a living process has it.
 */
export async function lockFolder(folder: string, me: Owner): Promise<void> {
  await makeFolder(folder);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const turns = await takenTurns(folder);
    const last = Math.max(0, ...turns);
    if (last > 0) {
      const found = await read(fileOf(folder, last));
      if (found === undefined) continue; // another took the next turn meanwhile
      const owner = parseOwner(found);
      if (owner && (await isAlive(owner))) throw inUse(folder, owner);
    }
    if (await writeNew(fileOf(folder, last + 1), me)) {
      for (const turn of turns) await rm(fileOf(folder, turn), { force: true });
      return;
    }
  }
  throw inUse(folder);
}

function fileOf(folder: string, turn: number): string {
  return join(folder, `owner.${turn}.json`);
}

async function takenTurns(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names.flatMap((name) => FILE.exec(name)?.[1] ?? []).map(Number);
}

/** Appears whole or not at all, so that nobody takes a file that is being written for a dead owner's. */
async function writeNew(file: string, me: Owner): Promise<boolean> {
  const draft = `${file}.${me.token}`;
  try {
    await writeFile(draft, `${JSON.stringify(me)}\n`);
    return await linkNew(draft, file);
  } catch (error) {
    throw unusable(file, error);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Whether the name was free. */
async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw unusable(folder, error);
  }
}

/** Undefined when the file is gone. */
async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw unusable(file, error);
  }
}

/** Undefined when it makes no sense: a crash may have left half of it. */
function parseOwner(text: string): Owner | undefined {
  try {
    const { pid, port, token } = JSON.parse(text) as Partial<Owner>;
    const valid = typeof pid === "number" && typeof port === "number" && typeof token === "string";
    return valid ? { pid, port, token } : undefined;
  } catch {
    return undefined;
  }
}

/** Process ids are used again, above all in containers, so the owner is asked too. */
async function isAlive(owner: Owner): Promise<boolean> {
  return processExists(owner.pid) && (await answersAs(owner));
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0); // signal 0 only asks
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/** Whether the server on the owner's port is the owner. One that takes the connection and is silent is thought to be. */
function answersAs({ port, token }: Owner): Promise<boolean> {
  return new Promise((resolve) => {
    const frames = new FrameReader();
    const socket = connect({ host: "127.0.0.1", port });
    const decide = (alive: boolean): void => {
      socket.destroy();
      resolve(alive);
    };
    socket.setTimeout(PROBE_MS, () => decide(true));
    socket.on("error", () => decide(false));
    socket.on("close", () => decide(false));
    socket.on("connect", () =>
      socket.write(
        writeCommand(
          new Map<string, Value>([
            ["hello", new Int32(1)],
            ["$db", "admin"],
          ]),
        ),
      ),
    );
    socket.on("data", (chunk) => {
      frames.push(chunk);
      try {
        const frame = frames.next();
        if (frame) decide(readMessage(frame).command.get("embeddedToken") === token);
      } catch {
        decide(false); // it speaks some other protocol
      }
    });
  });
}

function unusable(path: string, cause: unknown): OperatorError {
  const why = errorMessage(cause);
  const advice = "Give it the right to, or room on its disk, or choose another folder.";
  return new OperatorError(`The database cannot write to ${path} (${why}). ${advice}`, {
    code: "EMBEDDED_MONGO_FOLDER",
    cause,
  });
}

function inUse(folder: string, owner?: Owner): OperatorError {
  const who = owner ? ` by process ${owner.pid}` : "";
  return new OperatorError(
    `The data in ${folder} is in use${who}. Stop that one first, or use another folder.`,
    {
      code: "EMBEDDED_MONGO_IN_USE",
    },
  );
}
