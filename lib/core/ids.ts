import { createHash, createHmac } from "node:crypto";

/** A short fingerprint of something that is no secret, such as one of the bot's own texts. Never for ids of people. */
export function fingerprint(value: string): string {
  return createHash("sha256").update(value).digest("hex").slice(0, 10);
}

/** Names a mailbox in logs, metrics and traces without saying whose it is. */
export type Pseudonym = (chatKey: string) => string;

/** A private chat's thread; its id, unlike a group's, is positive. */
const PRIVATE_THREAD = /^(chat:\d+):\d+$/;

/**
 * Pseudonyms that only who has the secret can tell a chat of: there are few enough ids to try them all. Those of all
 * threads of a private chat are the same, so that what is kept under them can be found by the person's id.
 */
export function createPseudonyms(secret: string): Pseudonym {
  return (chatKey) =>
    createHmac("sha256", secret).update(chatKey.replace(PRIVATE_THREAD, "$1")).digest("hex").slice(0, 12);
}
