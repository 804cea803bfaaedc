import type { MediaItem } from "../files/media-item.ts";
import type { LocalText } from "../locales/local-text.ts";

/** A guided conversation, checked: an end can be reached from every node, and every name in it exists. */
export interface Flow {
  /** The name of its file: `[a-z0-9-]`, at most 32. */
  id: string;
  /** Six hexadecimal digits that change with the flow's meaning. */
  version: string;
  title: LocalText;
  /** The first node. */
  start: string;
  nodes: Readonly<Record<string, FlowNode>>;
}

/** A step of a flow. */
export type FlowNode =
  | { kind: "say"; text?: LocalText; media: readonly MediaItem[]; next: string }
  | AskNode
  | { kind: "branch"; cases: readonly { when: Condition; next: string }[]; otherwise: string }
  | { kind: "act"; action: FlowAction; next: string }
  | { kind: "end"; text?: LocalText; media: readonly MediaItem[] };

export interface AskNode {
  kind: "ask";
  text: LocalText;
  media: readonly MediaItem[];
  expects: Expected;
  /** The name of the answer, by which later steps of the flow refer to it. */
  save?: string;
  skippable: boolean;
  /** Said when an answer does not fit. */
  retry?: LocalText;
  next: string;
}

/** What the flow does at each kind of step: go on by itself, wait for the person, or end. */
export const STEP_KINDS = {
  say: "passes",
  ask: "waits",
  branch: "passes",
  act: "passes",
  end: "ends",
} as const satisfies Record<FlowNode["kind"], "passes" | "waits" | "ends">;

/** A step that another one leads to, and the place in that other step which names it. */
export interface NextStep {
  id: string;
  place: readonly (string | number)[];
}

/** Where a step may lead. */
export function nextSteps(node: FlowNode): NextStep[] {
  switch (node.kind) {
    case "say":
    case "act":
      return [{ id: node.next, place: ["next"] }];
    case "ask":
      return stepsAfterAsk(node);
    case "branch":
      return [
        ...node.cases.map(({ next }, index) => ({ id: next, place: ["branch", index, "next"] })),
        { id: node.otherwise, place: ["otherwise"] },
      ];
    case "end":
      return [];
  }
}

function stepsAfterAsk({ expects, skippable, next }: AskNode): NextStep[] {
  const own = { id: next, place: ["next"] };
  if (expects.type !== "choice") return [own];
  const chosen = expects.rows.flatMap((choices, row) =>
    choices.map((choice, position) => {
      if (choice.next === undefined) return own;
      const place = choices.length > 1 ? ["choices", row, position, "next"] : ["choices", row];
      return { id: choice.next, place };
    }),
  );
  return skippable ? [...chosen, own] : chosen;
}

/** What an ask accepts as an answer. */
export type Expected =
  | { type: "choice"; rows: readonly (readonly FlowChoice[])[] }
  | { type: "text"; minLength?: number; maxLength?: number }
  | { type: "number"; min?: number; max?: number; isWhole?: boolean }
  /** ISO dates, or "today". */
  | { type: "date"; from?: string; to?: string }
  | { type: "location" }
  | { type: "contact" };

/** A button of an ask. */
export interface FlowChoice {
  id: string;
  label: LocalText;
  /** Overrides the ask's own `next`. */
  next?: string;
}

/** A condition of a branch. */
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

/** The fields of a person's profile that a flow can read and save. */
export const PROFILE_FIELDS = ["language", "ageGroup", "topic", "name", "region"] as const;
export type ProfileField = (typeof PROFILE_FIELDS)[number];

/** The values of the field `ageGroup`. */
export const AGE_GROUPS = ["under-18", "18-or-over"] as const;
