import { integer, type Params } from "./params.ts";

/** What goes wrong. With `tookEffect` the call does its work first, and only its answer is lost. */
export type FaultKind =
  | { kind: "too-many-requests"; retryAfterSeconds: number }
  | { kind: "error"; status: number; description: string }
  | { kind: "error500" | "html502"; tookEffect?: boolean }
  | { kind: "reset" | "hang"; tookEffect?: boolean };

/** A fault for the next calls that match. */
export type FaultOrder = FaultKind & FaultTarget;

export interface FaultTarget {
  /** Every method if left out; `download` for the files of people. */
  method?: string;
  /** Every chat if left out. */
  chatId?: number;
  /** How many matching calls it befalls; 1 if left out, `Infinity` for all until `clear`. */
  times?: number;
}

/** Draws what befalls a call; undefined for nothing. */
export type FaultChance = (method: string, params: Params) => FaultKind | undefined;

/** The faults a test has ordered, taken in the order they were given; where none is, chance decides. */
export class Faults {
  private orders: { fault: FaultOrder; left: number }[] = [];
  private readonly chance: FaultChance | undefined;

  constructor(chance?: FaultChance) {
    this.chance = chance;
  }

  order(fault: FaultOrder): void {
    this.orders.push({ fault, left: fault.times ?? 1 });
  }

  /** Drops every fault that has not happened. */
  clear(): void {
    this.orders = [];
  }

  /** Takes the fault for this call; null for none. */
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
