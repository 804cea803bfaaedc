import type { LeaseRecord, LeaseStore } from "../../../lib/store/index.ts";

/** One lease in memory. */
export class MemoryLeaseStore implements LeaseStore {
  record: LeaseRecord = { _id: "poller", owner: null, fence: 0, beat: 0 };
  isAway = false;

  private async reach(): Promise<void> {
    await Promise.resolve();
    if (this.isAway) throw new Error("the database is away");
  }

  async read(): Promise<LeaseRecord> {
    await this.reach();
    return { ...this.record };
  }

  async takeOver({ fence, beat }: LeaseRecord, owner: string): Promise<boolean> {
    await this.reach();
    if (this.record.fence !== fence || this.record.beat !== beat) return false;
    this.record = { ...this.record, owner, fence: fence + 1 };
    return true;
  }

  async beat(_name: string, fence: number): Promise<boolean> {
    await this.reach();
    if (this.record.fence !== fence) return false;
    this.record.beat += 1;
    return true;
  }

  async leaveNotes(_name: string, fence: number, notes: string): Promise<boolean> {
    await this.reach();
    if (this.record.fence !== fence) return false;
    this.record.notes = notes;
    return true;
  }

  async release(_name: string, fence: number): Promise<void> {
    await this.reach();
    if (this.record.fence === fence) this.record.owner = null;
  }
}
