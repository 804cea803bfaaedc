import { integer, type Params } from "./params.ts";

/** A fault. With `tookEffect` the call is carried out, and only its answer is lost. */
export type FaultKind =
  | { kind: "too-many-requests"; retryAfterSeconds: number }
  | { kind: "error"; status: number; description: string }
  | { kind: "error500" | "html502"; tookEffect?: boolean }
  | { kind: "reset" | "hang"; tookEffect?: boolean };

/** A fault for the next matching calls. */
export type FaultOrder = FaultKind & FaultTarget;

export interface FaultTarget {
  /** Any method if left out; `download` is the download of a file. */
  method?: string;
  /** Any chat if left out. */
  chatId?: number;
  /** The number of matching calls that fail; 1 if left out, `Infinity` for all until `clear`. */
  times?: number;
}

/** Decides at random which fault a call meets; undefined for none. */
export type FaultChance = (method: string, params: Params) => FaultKind | undefined;

/** The ordered faults, first in, first out. A call without an ordered one meets what `FaultChance` decides. */
export class Faults {
  private orders: { fault: FaultOrder; left: number }[] = [];
  private readonly chance: FaultChance | undefined;

  constructor(chance?: FaultChance) {
    this.chance = chance;
  }

  order(fault: FaultOrder): void {
    this.orders.push({ fault, left: fault.times ?? 1 });
  }

  /** Cancels the ordered faults that have not happened. */
  clear(): void {
    this.orders = [];
  }

  /** Takes the fault that this call meets; null for none. */
  take(method: string, params: Params): FaultKind | null {
    return this.takeOrdered(method, params) ?? this.chance?.(method, params) ?? null;
  }

  private takeOrdered(method: string, params: Params): FaultOrder | null {
    if (this.orders.length === 0) return null;
    const found = this.orders.find(({ fault }) => matches(fault, method, params));
    if (!found) return null;
    found.left -= 1;
    if (found.left <= 0) this.orders = this.orders.filter((order) => order !== found);
    return found.fault;
  }
}

function matches(fault: FaultOrder, method: string, params: Params): boolean {
  const sameMethod = fault.method === undefined || fault.method.toLowerCase() === method.toLowerCase();
  return sameMethod && (fault.chatId === undefined || fault.chatId === integer(params, "chat_id"));
}
