import type { Collection, Document, Filter } from "mongodb";
import { errorCode, homeLost } from "../../core/index.ts";
import { type Change, createGroupedChanges, UNMATCHED } from "./writes.ts";

/** The right of one instance to work on a chat, where there are several instances. */
export interface Claim {
  /** Grows with every claim; the records of a chat carry the latest, and no earlier claim can change them any more. */
  fence: number;
  /** The instance. */
  owner: string;
}

/** A chat that this instance works on, from its claim to the end of the work or the loss of the claim. */
export interface ChatHome {
  readonly chatKey: string;
  readonly claim: Claim;
  /** Aborts once another instance may have taken the chat over: what is under way for it is dropped. */
  readonly lost: AbortSignal;
  /** Whether no other instance can have taken the chat over yet; to be asked in the tick of a call to Telegram. */
  isHeld(): boolean;
  /** Asks the database where `isHeld` cannot tell, as while Redis is away. */
  confirm(): Promise<boolean>;
}

/** As `createGroupedChanges`; a change with a claim is made only while that is the latest. */
export function createClaimedChanges<Record extends Document & { _id: string | number; fence?: number }>(
  collection: Collection<Record>,
): (change: Change<Record>, claim: Pick<Claim, "fence"> | undefined) => Promise<void> {
  const write = createGroupedChanges(collection);
  return async (change, claim) => {
    if (!claim) return await write(change);
    const where = { ...change.where, fence: claim.fence } as Filter<Record>;
    try {
      await write({ ...change, where, mustMatch: true });
    } catch (error) {
      if (errorCode(error) === UNMATCHED) throw homeLost(error);
      throw error;
    }
  };
}
