import { link, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { Int32 } from "bson";
import {
  errorCode,
  errorMessage,
  type Logger,
  makePrivateFolder,
  OperatorError,
  PRIVATE_FILE,
} from "../core/index.ts";
import type { Value } from "./bson/values.ts";
import { Turns } from "./turns/turns.ts";
import { FrameReader } from "./wire/frames.ts";
import { readMessage, writeCommand } from "./wire/messages.ts";

/** The process that uses a folder, its port, and the token by which its server is recognised. */
export interface Owner {
  pid: number;
  port: number;
  token: string;
}

/** `owner.<turn>.json`: the highest turn is the owner's. A turn is taken at most once. */
const FILE = /^owner\.(\d+)\.json$/;
/** How long a live owner may take to answer, in milliseconds. */
const PROBE_MS = 3_000;
/** Other processes may start at the same time; more attempts than this mean that something is wrong. */
const MAX_ATTEMPTS = 10;

/**
 * Locks a folder for this process, also after an owner that died. The file is not deleted on exit, since the next process
 * finds that its owner does not answer; deleted, its turn could be taken twice by processes that start together.
 *
 * The folder and its files are closed to other users.
 *
 * Our own, because a lock by pid blocks for ever where pids are reused, as in containers, and a lock by the age of a file
 * admits a second process while the first is paused.
 * @throws OperatorError when a live process has it, or the folder cannot be written to
 */
export async function lockFolder(folder: string, me: Owner, logger: Logger): Promise<void> {
  await makeFolder(folder, logger);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const turns = await takenTurns(folder);
    const last = Math.max(0, ...turns);
    if (last > 0) {
      const found = await read(fileOf(folder, last));
      if (found === undefined) continue; // another process took the next turn
      const owner = parseOwner(found);
      if (owner && (await isAlive(owner, me))) throw inUse(folder, owner);
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

/** Creates the file atomically, so that a half-written one is never read. @returns false if the name is taken */
async function writeNew(file: string, me: Owner): Promise<boolean> {
  const draft = `${file}.${me.token}`;
  try {
    await writeFile(draft, `${JSON.stringify(me)}\n`, { mode: PRIVATE_FILE });
    return await linkNew(draft, file);
  } catch (error) {
    throw unusable(file, error);
  } finally {
    await rm(draft, { force: true });
  }
}

/** @returns false if the name is taken */
async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

async function makeFolder(folder: string, logger: Logger): Promise<void> {
  try {
    await makePrivateFolder(folder, { isDeep: true, logger });
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

/** Undefined when it cannot be parsed, such as after a crash while it was written. */
function parseOwner(text: string): Owner | undefined {
  try {
    const { pid, port, token } = JSON.parse(text) as Partial<Owner>;
    const valid = typeof pid === "number" && typeof port === "number" && typeof token === "string";
    return valid ? { pid, port, token } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Process ids are reused, above all in containers, so the owner's server is asked too. Nobody else listens on a port of
 * ours, which will not answer before the folder is locked.
 */
async function isAlive(owner: Owner, me: Owner): Promise<boolean> {
  return owner.port !== me.port && processExists(owner.pid) && (await answersAs(owner));
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0); // signal 0 only checks
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/** Whether the server on the owner's port is the owner. One that accepts the connection but does not answer counts. */
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
      const answer = async (): Promise<void> => {
        const frame = frames.next();
        if (!frame) return;
        const { command: reply } = await readMessage(frame, new Turns());
        decide(reply.get("embeddedToken") === token);
      };
      answer().catch(() => decide(false)); // another protocol
    });
  });
}

function unusable(path: string, cause: unknown): OperatorError {
  const why = errorMessage(cause);
  const advice = "Check its permissions and disk space, or choose another folder.";
  return new OperatorError(`The database cannot write to ${path} (${why}). ${advice}`, {
    code: "EMBEDDED_MONGO_FOLDER",
    cause,
  });
}

function inUse(folder: string, owner?: Owner): OperatorError {
  const who = owner ? ` by process ${owner.pid}` : "";
  return new OperatorError(
    `The data in ${folder} is in use${who}. Stop that process first, or use another folder.`,
    {
      code: "EMBEDDED_MONGO_IN_USE",
    },
  );
}
