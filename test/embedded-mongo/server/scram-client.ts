import { createHash, createHmac, pbkdf2Sync } from "node:crypto";

/** A client's side of SCRAM-SHA-256, for tests that write the wire's bytes themselves. */
export function startScramClient(uri: string): { first: string; final(serverFirst: string): string } {
  const { username, password } = new URL(uri);
  const bare = `n=${username},r=client-nonce`;
  return {
    first: `n,,${bare}`,
    final(serverFirst) {
      const { r: nonce = "", s: salt = "", i: iterations = "" } = fieldsOf(serverFirst);
      const salted = pbkdf2Sync(password, Buffer.from(salt, "base64"), Number(iterations), 32, "sha256");
      const clientKey = hmac(salted, "Client Key");
      const storedKey = createHash("sha256").update(clientKey).digest();
      const unproven = `c=biws,r=${nonce}`;
      const signature = hmac(storedKey, `${bare},${serverFirst},${unproven}`);
      const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
      return `${unproven},p=${proof.toString("base64")}`;
    },
  };
}

function fieldsOf(message: string): Record<string, string> {
  return Object.fromEntries(message.split(",").map((field) => [field.slice(0, 1), field.slice(2)]));
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
