import { createHash } from "node:crypto";

/** A short, stable stand-in for something that must not stand in a log or a metric, such as a chat's key. */
export function hashed(value: string): string {
  return createHash("sha256").update(value).digest("hex").slice(0, 10);
}
