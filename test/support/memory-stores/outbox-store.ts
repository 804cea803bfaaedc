import { homeLost } from "../../../lib/core/index.ts";
import type { OutboxChange, OutboxRecord } from "../../../lib/store/index.ts";
import type { SendStore } from "../../../lib/telegram/index.ts";

/** An outbox store in memory; `records` is what a crash would leave behind. */
export class MemoryOutboxStore implements SendStore {
  readonly records = new Map<string, OutboxRecord>();
  /** While true, every call fails, as when the database is unreachable. */
  away = false;
  /** Called after every write. */
  onWrite: () => void = () => {};
  updates = 0;

  constructor(records: Iterable<OutboxRecord> = []) {
    for (const record of records) this.records.set(record._id, structuredClone(record));
  }

  async insert(records: readonly OutboxRecord[]): Promise<OutboxRecord[]> {
    await this.reach();
    for (const record of records) {
      if (!this.records.has(record._id)) this.records.set(record._id, structuredClone(record));
    }
    this.onWrite();
    return records.map((record) => structuredClone(this.records.get(record._id) ?? record));
  }

  async update(id: string, change: OutboxChange, claim?: { fence: number }): Promise<void> {
    await this.reach();
    const record = this.records.get(id);
    if (!record) return;
    if (claim && record.fence !== claim.fence) throw homeLost();
    Object.assign(record, change);
    if (change.state === "sent" || change.state === "failed") record.params = {};
    this.updates += 1;
    this.onWrite();
  }

  async claim(botId: number, chatKey: string, { fence }: { fence: number }): Promise<OutboxRecord[]> {
    for (const { _id } of await this.unsettled(botId)) {
      const record = this.records.get(_id);
      if (record?.chatKey === chatKey && (record.fence ?? 0) < fence) record.fence = fence;
    }
    return (await this.unsettled(botId)).filter(
      (record) => record.chatKey === chatKey && record.fence === fence,
    );
  }

  async unsettled(botId: number): Promise<OutboxRecord[]> {
    await this.reach();
    return [...this.records.values()]
      .filter((record) => record.botId === botId && record.state !== "sent" && record.state !== "failed")
      .toSorted((a, b) => a.seq - b.seq || a.step - b.step)
      .map((record) => structuredClone(record));
  }

  async find(id: string): Promise<OutboxRecord | null> {
    await this.reach();
    return structuredClone(this.records.get(id)) ?? null;
  }

  /** A copy of what is stored now. */
  snapshot(): OutboxRecord[] {
    return structuredClone([...this.records.values()]);
  }

  private async reach(): Promise<void> {
    await Promise.resolve();
    if (this.away) throw new Error("the database is away");
  }
}
