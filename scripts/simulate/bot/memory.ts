import { readFileSync } from "node:fs";

/** The interval between samples of a process's memory. */
const LOOK_MS = 50;

/** A process's resident memory in bytes; null where it cannot be read (outside Linux, or the process has ended). */
export function residentBytes(pid: number): number | null {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null; // the process has ended, or there is no /proc
  }
}

/** Samples the memory of a process until it is stopped. @returns a function that stops, and returns the peak in bytes. */
export function watchMemory(pid: () => number | undefined): () => number | null {
  let most: number | null = null;
  const look = (): void => {
    const id = pid();
    const bytes = id === undefined ? null : residentBytes(id);
    if (bytes !== null) most = Math.max(most ?? 0, bytes);
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  return () => {
    clearInterval(timer);
    return most;
  };
}
