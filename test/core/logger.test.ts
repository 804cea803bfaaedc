import { expect } from "chai";
import { AppError, createLogger, type Logger } from "../../lib/core/index.ts";

/** The lines that a logger writes to standard error while `use` runs. */
function linesOf(
  options: Partial<Parameters<typeof createLogger>[0]>,
  use: (logger: Logger) => void,
): string[] {
  const { write } = process.stderr;
  const lines: string[] = [];
  process.stderr.write = (chunk: string | Uint8Array): boolean => {
    lines.push(...String(chunk).trimEnd().split("\n"));
    return true;
  };
  try {
    use(createLogger({ level: "info", secrets: [], ...options }));
  } finally {
    process.stderr.write = write;
  }
  return lines;
}

describe("the log", () => {
  it("has a line an event for people: time, level, message, fields", () => {
    const [line, ...others] = linesOf({}, (logger) => logger.warn("It is slow", { tookMs: 5 }));
    expect(line).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z warn It is slow \{"tookMs":5\}$/);
    expect(others).to.deep.equal([]);
  });

  it("has a line of JSON an event for collectors, with the trace that it belongs to", () => {
    const context = () => ({ trace: "a1", chat: "c2" });
    const [line = ""] = linesOf({ format: "json", context }, (logger) =>
      logger.error("A call failed\nbadly", { error: new AppError("no answer", { code: "TIMEOUT" }), seq: 3 }),
    );
    const { time, ...event } = JSON.parse(line) as Record<string, unknown>;
    expect(new Date(String(time)).getTime()).to.be.greaterThan(0);
    expect(event).to.deep.equal({
      level: "error",
      message: "A call failed\nbadly",
      trace: "a1",
      chat: "c2",
      error: { message: "no answer", code: "TIMEOUT" },
      seq: 3,
    });
  });

  it("shows no secret, in either format, even where JSON writes it another way", () => {
    for (const format of ["text", "json"] as const) {
      const secrets = ['pass"word\\1', "token-123"];
      const [line] = linesOf({ format, secrets }, (logger) =>
        logger.info('With pass"word\\1', { address: 'mongodb://u:pass"word\\1@h', token: "token-123" }),
      );
      expect(line).not.to.match(/word|token-123/);
    }
  });
});
