import { expect } from "chai";
import { CommanderError } from "commander";

/** What a command writes to standard error when it refuses its arguments. */
export function refusalBy(parse: () => unknown): string {
  const { write } = process.stderr;
  let said = "";
  process.stderr.write = (chunk: string | Uint8Array): boolean => {
    said += String(chunk);
    return true;
  };
  try {
    expect(parse).to.throw(CommanderError);
  } finally {
    process.stderr.write = write;
  }
  return said;
}
