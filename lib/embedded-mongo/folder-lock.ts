import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
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

const FILE = "owner.json";
/** How long a living owner may take to answer, in milliseconds. */
const PROBE_MS = 3_000;
/** Others may be starting at the same moment; more turns than this means something is wrong. */
const MAX_TURNS = 5;

/**
 * Takes a folder for this process, from a dead owner too; answers what gives it back.
 * @throws OperatorError when a living process has it.
 */
export async function lockFolder(folder: string, me: Owner): Promise<() => Promise<void>> {
  const file = join(folder, FILE);
  await makeFolder(folder);
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    if (await writeNew(file, me)) return () => rm(file, { force: true });
    const owner = await readOwner(file);
    if (owner && (await isAlive(owner))) throw inUse(folder, owner);
    await putAside(file, `${file}.${me.token}`);
  }
  throw inUse(folder);
}

async function writeNew(file: string, me: Owner): Promise<boolean> {
  try {
    await writeFile(file, `${JSON.stringify(me)}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw unusable(file, error);
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw unusable(folder, error);
  }
}

/** Undefined when the file is gone or makes no sense: a crash may have left half of it. */
async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    const { pid, port, token } = JSON.parse(await readFile(file, "utf8")) as Partial<Owner>;
    const valid = typeof pid === "number" && typeof port === "number" && typeof token === "string";
    return valid ? { pid, port, token } : undefined;
  } catch {
    return undefined;
  }
}

/** Renamed before it is removed, so that of two that find it dead only one takes it away. */
async function putAside(file: string, aside: string): Promise<void> {
  try {
    await rename(file, aside);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
  await rm(aside, { force: true });
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
  return new OperatorError(`The database cannot write to ${path} (${why}). Choose another folder.`, {
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
