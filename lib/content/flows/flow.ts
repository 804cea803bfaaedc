import type { MediaItem } from "../files/media-item.ts";
import type { LocalText } from "../locales/local-text.ts";

/** A guided conversation, checked: from every node an end can be reached, and every name in it exists. */
export interface Flow {
  /** The name of its file: `[a-z0-9-]`, at most 32. */
  id: string;
  /** Six hexadecimal digits that change with the flow's meaning. */
  version: string;
  title: LocalText;
  /** The node it begins with. */
  start: string;
  nodes: Readonly<Record<string, FlowNode>>;
}

export type FlowNode =
  | { kind: "say"; text?: LocalText; media: readonly MediaItem[]; next: string }
  | {
      kind: "ask";
      text: LocalText;
      media: readonly MediaItem[];
      expects: Expected;
      /** The name under which the answer is kept while the flow lasts. */
      save?: string;
      skippable: boolean;
      /** Said when an answer does not fit. */
      retry?: LocalText;
      next: string;
    }
  | { kind: "branch"; cases: readonly { when: Condition; next: string }[]; otherwise: string }
  | { kind: "act"; action: FlowAction; next: string }
  | { kind: "end"; text?: LocalText; media: readonly MediaItem[] };

/** What an ask takes for an answer. */
export type Expected =
  | { type: "choice"; rows: readonly (readonly FlowChoice[])[] }
  | { type: "text"; minLength?: number; maxLength?: number }
  | { type: "number"; min?: number; max?: number; isWhole?: boolean }
  /** ISO dates, or "today". */
  | { type: "date"; from?: string; to?: string }
  | { type: "location" }
  | { type: "contact" };

/** A button; `next` where it leads elsewhere than the ask does. */
export interface FlowChoice {
  id: string;
  label: LocalText;
  next?: string;
}

/** What a branch looks at, and how. */
export type Condition =
  | (({ profile: ProfileField } | { answer: string }) & Test)
  /** Whether there is a team to hand over to. */
  | { hasTeam: boolean };
export type Test =
  | { is: string | number }
  | { oneOf: readonly (string | number)[] }
  | { isKnown: boolean }
  | { atLeast: number }
  | { atMost: number };

export type FlowAction =
  | { do: "save"; field: ProfileField; from?: string; value?: string }
  | { do: "ask"; question?: LocalText; from?: string }
  | { do: "topic"; topic?: string; from?: string }
  | { do: "flow"; flow: string }
  | { do: "hand-over"; reason?: LocalText };

/** What a flow may know of a person. */
export const PROFILE_FIELDS = ["language", "ageGroup", "topic", "name", "region"] as const;
export type ProfileField = (typeof PROFILE_FIELDS)[number];

/** The values of the field `ageGroup`. */
export const AGE_GROUPS = ["under-18", "18-or-over"] as const;
