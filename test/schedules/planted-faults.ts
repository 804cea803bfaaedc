import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadParts, type Parts } from "./parts.ts";

/** A fault that is put into a copy of the source. */
export interface Fault {
  name: string;
  /** Under `lib/`. */
  file: string;
  from: string;
  to: string;
}

export const FAULTS: readonly Fault[] = [
  {
    name: "an await between looking whether a chat is worked on and saying so",
    file: "inbox/dispatch.ts",
    from: "this.#running.set(chatKey, this.#run(chatKey));",
    to: "void Promise.resolve().then(() => this.#running.set(chatKey, this.#run(chatKey)));",
  },
  {
    name: "a wake-up that is lost while a chat's work ends",
    file: "inbox/dispatch.ts",
    from: "    this.#running.delete(chatKey);",
    to: "    await new Promise((resolve) => setImmediate(resolve));\n    this.#running.delete(chatKey);",
  },
  {
    name: "an update that is settled before its reply is stored",
    file: "inbox/chat-work.ts",
    from: `        await handle(waiting.parsed, this.#turnOf(waiting, slot, life.signal));
      } finally {
        life.release();
      }
      await this.#settle(waiting, "done", slot);`,
    to: `        const turn = this.#turnOf(waiting, slot, life.signal);
        await this.#settle(waiting, "done", slot);
        await handle(waiting.parsed, turn);
      } finally {
        life.release();
      }`,
  },
  {
    name: "an answer that does not wait for the draft before it",
    file: "telegram/live-reply/live-reply.ts",
    from: `    if (!(await endsWithin(this.#running, STOP_GRACE_MS, this.#options.clock))) this.#abandoned.abort();
    await this.#running;`,
    to: "",
  },
];

/** Calls `work` with the parts of a copy of the source that has the fault. */
export async function withFault<T>(
  { file, from, to }: Fault,
  work: (parts: Parts) => Promise<T>,
): Promise<T> {
  // Inside the project, so that the copy finds its packages.
  const folder = await mkdtemp(join("dist", "planted-"));
  try {
    const lib = join(folder, "lib");
    await cp("lib", lib, { recursive: true });
    const source = await readFile(join(lib, file), "utf8");
    if (source.split(from).length !== 2) throw new Error(`The fault does not fit into lib/${file} any more`);
    await writeFile(
      join(lib, file),
      source.replace(from, () => to),
    );
    return await work(await loadParts(lib));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
