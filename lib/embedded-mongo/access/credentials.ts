import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

/** The server's only user. */
export const USER = "helpline";

/**
 * The fewest that drivers accept. More would only slow down a start: the password has 192 random bits, so nobody finds it
 * by guessing.
 */
const ITERATIONS = 4096;

/** What the server keeps to check the password by, without keeping the password (RFC 5802, section 3). */
export interface Credentials {
  /** Base64. */
  salt: string;
  iterations: number;
  storedKey: Buffer;
  serverKey: Buffer;
}

/** A password that needs no encoding in an address. */
export function randomPassword(): string {
  return randomBytes(24).toString("base64url");
}

export function credentialsOf(password: string): Credentials {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, "sha256");
  return {
    salt: salt.toString("base64"),
    iterations: ITERATIONS,
    storedKey: createHash("sha256").update(hmac(salted, "Client Key")).digest(),
    serverKey: hmac(salted, "Server Key"),
  };
}

/** The address with which the ordinary driver connects. */
export function addressOf(port: number, password: string): string {
  const options = "authSource=admin&authMechanism=SCRAM-SHA-256&directConnection=true";
  return `mongodb://${USER}:${password}@127.0.0.1:${port}/?${options}`;
}

export function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
