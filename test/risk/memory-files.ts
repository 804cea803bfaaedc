import type { LearntFiles } from "../../lib/core/index.ts";

/** Learnt files in memory, and the names of those that were written, in order. */
export function memoryFiles(): LearntFiles & { written: string[] } {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const written: string[] = [];
  return {
    written,
    async *read(name) {
      const file = files.get(name);
      if (file) yield file;
    },
    async write(name, file) {
      written.push(name);
      files.set(name, Uint8Array.from(file));
    },
  };
}
