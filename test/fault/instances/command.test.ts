import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { hasRedis } from "../../support/servers/redis.ts";

const PERSON = 4_711;

interface Command {
  child: ChildProcess;
  output(): string;
  /** Resolves with what it has written once that matches, and rejects when it ends before. */
  waitFor(pattern: RegExp): Promise<string>;
  /** Resolves with its exit code, or the signal that ended it. */
  ended: Promise<number | string>;
}

/** Empty, so that a developer's `.env` cannot point the test at a real database, Redis or model. */
const UNSET = {
  MONGODB_URI: "",
  MONGODB_DB: "",
  REDIS_URL: "",
  GEMINI_API_KEY: "",
  OPENAI_API_KEY: "",
  OPENAI_BASE_URL: "",
  OPENAI_MODEL: "",
  CONTENT_DIR: "",
  MEDIA_DIR: "",
};

describe("npm run instances", () => {
  let folder: string;
  let command: Command | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "helpline-instances-"));
    command = undefined;
  });

  afterEach(async () => {
    if (command?.child.exitCode === null && command.child.signalCode === null) {
      interrupt(command);
      await command.ended;
    }
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs a command in a process group of its own, as a terminal does. */
  function run(program: string, args: readonly string[], path = process.env.PATH ?? ""): Command {
    const child = spawn(program, args, {
      env: { ...UNSET, PATH: path, HOME: folder, DATA_DIR: join(folder, "data"), HTTP_PORT: "0" },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);
    let output = "";
    const watchers = new Set<() => void>();
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      for (const look of watchers) look();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    return {
      child,
      ended,
      output: () => output,
      waitFor: (pattern) =>
        new Promise((resolve, reject) => {
          const look = (): void => {
            if (pattern.test(output)) resolve(output);
          };
          watchers.add(look);
          look();
          ended.then((how) => reject(new Error(`It ended (${how}):\n${output}`)), reject);
        }),
    };
  }

  /** As Ctrl-C at a terminal does. */
  function interrupt({ child }: Command): void {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGINT");
  }

  /** Asks on the chat page. @returns when the page shows text that matches */
  async function ask(url: string, text: string, answer: RegExp): Promise<void> {
    const closing = new AbortController();
    const events = await fetch(`${url}/chat/events?user=${PERSON}`, { signal: closing.signal });
    const response = await fetch(`${url}/chat/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: new URL(url).origin }, // as the page itself
      body: JSON.stringify({ user: PERSON, text }),
    });
    expect(response.status).to.equal(200);
    let shown = "";
    for await (const chunk of events.body ?? []) {
      shown += Buffer.from(chunk).toString();
      if (answer.test(shown)) break;
    }
    closing.abort();
  }

  it("starts two, which answer on the chat page, and ends all with Ctrl-C", async function () {
    if (!(await hasRedis())) {
      process.stdout.write("    redis-server is not installed, so this test is skipped\n");
      this.skip();
    }
    command = run("npm", ["run", "instances", "--", "2"]);
    const output = await command.waitFor(/npm run stats -- --instances\n/);
    const pids = [...output.matchAll(/\(process (\d+)\)/g)].map(([, pid]) => Number(pid));
    expect(pids).to.have.length(2);
    expect(pids.map(isAlive)).to.deep.equal([true, true]);
    const url = /Chat +(http:\S+)\/chat/.exec(output)?.[1] ?? "";
    await ask(url, "What is the morning-after pill?", /levonorgestrel/i);
    interrupt(command);
    await command.ended;
    expect(command.output()).to.match(/Stopping\.\n/);
    expect(command.output()).to.not.match(/error/i);
    expect([...command.output().matchAll(/^\[\d\] ended \((.*)\)$/gm)].map(([, how]) => how)).to.deep.equal([
      "0",
      "0",
    ]);
    expect(pids.map(isAlive)).to.deep.equal([false, false]);
  });

  it("says how to install Redis where there is none", async () => {
    command = run(process.execPath, ["scripts/build/run.js", "instances", "2"], folder);
    expect(await command.ended).to.equal(1);
    const lines = command.output().trim().split("\n");
    expect(lines.at(-1)).to.match(
      /^Several instances need Redis.*apt-get install redis-server.*REDIS_URL\.$/,
    );
    expect(command.output()).to.not.match(/^\s+at /m);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
