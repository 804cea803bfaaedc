import type { OutboxChange, OutboxRecord } from "../../lib/store/index.ts";
import type { SendStore } from "../../lib/telegram/index.ts";

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

  async update(id: string, change: OutboxChange): Promise<void> {
    await this.reach();
    const record = this.records.get(id);
    if (!record) return;
    Object.assign(record, change);
    if (change.state === "sent" || change.state === "failed") record.params = {};
    this.updates += 1;
    this.onWrite();
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
