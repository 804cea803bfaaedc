import { SEQ_STEP, type SeqRange, type UpdateRecord, type UpdateStore } from "../../../lib/store/index.ts";

/** The inbox's store in memory: what it holds is what a database would hold if the process died now. */
export class MemoryUpdateStore implements UpdateStore {
  readonly records = new Map<string, UpdateRecord>();
  /** When set, every call fails with it: the database is away. */
  outage: Error | undefined;
  private seq = 0;

  async add(batch: Parameters<UpdateStore["add"]>[0]): Promise<UpdateRecord[]> {
    this.check();
    for (const update of batch) {
      this.seq += SEQ_STEP;
      if (this.records.has(update._id)) continue;
      this.records.set(update._id, { ...update, seq: this.seq });
    }
    return batch
      .map(({ _id }) => this.get(_id))
      .filter(({ state }) => state === "received" || state === "processing");
  }

  async change(id: string, change: Parameters<UpdateStore["change"]>[1]): Promise<void> {
    this.check();
    this.records.set(id, { ...this.get(id), ...change });
  }

  async moveBefore(next: SeqRange, moved: SeqRange): Promise<void> {
    this.check();
    for (const { id, ...range } of [next, moved]) this.records.set(id, { ...this.get(id), ...range });
  }

  async join(id: string, joined: readonly string[]): Promise<void> {
    this.check();
    this.records.set(id, { ...this.get(id), joined });
  }

  async settle(id: string, state: "done" | "dead", settledAt: Date): Promise<void> {
    this.check();
    const { payload: _payload, ...record } = this.get(id);
    this.records.set(id, { ...record, state, settledAt });
  }

  async unsettled(botId: number): Promise<UpdateRecord[]> {
    this.check();
    return [...this.records.values()]
      .filter(
        (record) => record.botId === botId && (record.state === "received" || record.state === "processing"),
      )
      .toSorted((a, b) => a.seq - b.seq);
  }

  async claim(botId: number, chatKey: string): Promise<UpdateRecord[]> {
    return (await this.unsettled(botId)).filter((record) => record.chatKey === chatKey);
  }

  async inProgressOf(botId: number, owner: string): Promise<number> {
    return (await this.unsettled(botId)).filter((record) => record.owner === owner).length;
  }

  async openChats(botId: number): Promise<Set<string>> {
    return new Set((await this.unsettled(botId)).map(({ chatKey }) => chatKey));
  }

  async nextSeq(): Promise<number> {
    this.check();
    this.seq += SEQ_STEP;
    return this.seq;
  }

  /** What a new process finds when this one is killed now. */
  copy(): MemoryUpdateStore {
    const copy = new MemoryUpdateStore();
    for (const [id, record] of this.records) copy.records.set(id, record);
    copy.seq = this.seq;
    return copy;
  }

  states(): string[] {
    return [...this.records.values()].toSorted((a, b) => a.seq - b.seq).map(({ state }) => state);
  }

  get(id: string): UpdateRecord {
    const record = this.records.get(id);
    if (!record) throw new Error(`no update ${id}`);
    return record;
  }

  private check(): void {
    if (this.outage) throw this.outage;
  }
}
