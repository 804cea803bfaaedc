import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import type { Terminal } from "../lib/app/index.ts";

/** A terminal over the standard streams; answers may also come from a pipe, a line each. */
export function openConsole(): Terminal & { close(): void } {
  let isMuted = false;
  const echo = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!isMuted) process.stdout.write(chunk);
      done();
    },
  });
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const reader = createInterface({ input: process.stdin, output: echo, terminal: isTerminal });
  /** Lines that came before they were asked for. */
  const lines: string[] = [];
  let answer: ((line: string) => void) | undefined;
  let isAtEnd = false;
  reader.on("line", (line) => {
    if (answer) answer(line);
    else lines.push(line);
  });
  reader.on("close", () => {
    isAtEnd = true;
    answer?.("");
  });
  reader.on("SIGINT", () => process.exit(130));

  return {
    say: (text) => void process.stdout.write(`${text}\n`),
    async ask(question, { isSecret = false } = {}) {
      process.stdout.write(question);
      const waiting = lines.shift() ?? (isAtEnd ? "" : undefined);
      if (waiting !== undefined) return waiting.trim();
      isMuted = isSecret;
      const line = await new Promise<string>((resolve) => {
        answer = resolve;
      });
      answer = undefined;
      if (isMuted || !isTerminal) process.stdout.write("\n");
      isMuted = false;
      return line.trim();
    },
    close: () => reader.close(),
  };
}
