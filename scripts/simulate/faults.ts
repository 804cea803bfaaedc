import type { FaultKind } from "../../lib/sandbox/index.ts";
import type { ModelFault } from "../../lib/sandbox/models/index.ts";

/** The faults of `--faults`, and the share of calls that each happens to. */
export const FAULT_NAMES = ["429", "500", "reset", "model429", "model500", "modelreset"] as const;
export type FaultName = (typeof FAULT_NAMES)[number];
export type FaultShares = Partial<Record<FaultName, number>>;

/** Decides the fault of each call at random. An error 500 or a reset happens before or after the call took effect. */
export function createFaults(shares: FaultShares, random: () => number) {
  const happens = (name: FaultName): boolean => {
    const share = shares[name] ?? 0;
    return share > 0 && random() < share;
  };
  return {
    telegram(method: string): FaultKind | undefined {
      if (happens("reset")) return { kind: "reset", tookEffect: random() < 0.5 };
      if (happens("500")) return { kind: "error500", tookEffect: random() < 0.5 };
      // Telegram's limits are on sends.
      if (method !== "getUpdates" && happens("429"))
        return { kind: "too-many-requests", retryAfterSeconds: 1 };
      return undefined;
    },
    model(): ModelFault | undefined {
      if (happens("modelreset")) return { kind: "reset" };
      if (happens("model500")) return { kind: "status", status: 500 };
      if (happens("model429")) return { kind: "rate-limit", retryAfterSeconds: 1 };
      return undefined;
    },
  };
}
