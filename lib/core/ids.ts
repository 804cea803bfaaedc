import { createHash } from "node:crypto";

/** A short, stable pseudonym for logs and metrics, for values such as a chat's key that must not appear there. */
export function hashed(value: string): string {
  return createHash("sha256").update(value).digest("hex").slice(0, 10);
}
