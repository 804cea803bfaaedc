import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { type Credentials, hmac, USER } from "./credentials.ts";

/** A server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding. */
export interface Scram {
  /** The server's first message. */
  first: string;
  /** The server's last message, or undefined if the client does not know the password. */
  finish(clientFinal: string): string | undefined;
}

/** "No channel binding" in base64, which the client repeats in its last message. */
const NO_BINDING = Buffer.from("n,,").toString("base64");

/** Answers a client's first message; undefined if it is malformed. A wrong name fails only at the end. */
export function startScram(clientFirst: string, credentials: Credentials): Scram | undefined {
  const parsed = /^n,,(n=([^,]*),r=([^,]+))$/.exec(clientFirst);
  if (!parsed) return undefined;
  const [, bare = "", name = "", clientNonce = ""] = parsed;
  const nonce = clientNonce + randomBytes(18).toString("base64");
  const first = `r=${nonce},s=${credentials.salt},i=${credentials.iterations}`;
  return {
    first,
    finish(clientFinal) {
      const [, unproven = "", proof = ""] = /^(.*),p=([^,]+)$/.exec(clientFinal) ?? [];
      if (name !== USER || unproven !== `c=${NO_BINDING},r=${nonce}`) return undefined;
      const exchanged = `${bare},${first},${unproven}`;
      if (!isProven(Buffer.from(proof, "base64"), exchanged, credentials)) return undefined;
      return `v=${hmac(credentials.serverKey, exchanged).toString("base64")}`;
    },
  };
}

/** The proof is the client key, hidden by a signature that only holders of the stored key can make. */
function isProven(proof: Buffer, exchanged: string, { storedKey }: Credentials): boolean {
  const signature = hmac(storedKey, exchanged);
  if (proof.length !== signature.length) return false;
  const clientKey = proof.map((byte, index) => byte ^ (signature[index] ?? 0));
  return timingSafeEqual(createHash("sha256").update(clientKey).digest(), storedKey);
}
