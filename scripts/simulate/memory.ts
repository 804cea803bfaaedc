import { readFileSync } from "node:fs";

/** How often a process's memory is looked at, in milliseconds. */
const LOOK_MS = 50;

/** The memory a process holds (resident set), in bytes; null where the system does not tell (it is Linux's /proc). */
export function residentBytes(pid: number): number | null {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null; // gone, or no /proc
  }
}

/** Watches a process until told to stop, which answers the most memory seen. */
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
