/** What the operator wrote, as the conversation reads it; the content folder loads and checks it. */

/** A text in every language of the bot, by language. Markdown, unless it is a label. */
export type LocalText = Readonly<Record<string, string>>;

/** A file to be sent: one of the media folder, by its path there, or one the bot made, which is small. */
export type OutgoingFile = { mediaPath: string } | { name: string; mimeType: string; base64: string };

export interface MediaItem {
  kind: "photo" | "video" | "audio" | "voice" | "document" | "animation";
  file: OutgoingFile;
}

/** A guided conversation: from every node an end can be reached, and every name in it exists. */
export interface Flow {
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
  | AskNode
  | { kind: "branch"; cases: readonly { when: Condition; next: string }[]; otherwise: string }
  | { kind: "act"; action: FlowAction; next: string }
  | { kind: "end"; text?: LocalText; media: readonly MediaItem[] };

export interface AskNode {
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
export type ProfileField = "language" | "ageGroup" | "topic" | "name" | "region";

/** A category of questions, with those below it. */
export interface Topic {
  /** Unique over all topics. */
  id: string;
  title: LocalText;
  emoji?: string;
  /** Said above its buttons. */
  intro?: LocalText;
  topics: readonly Topic[];
  entries: readonly FaqEntry[];
}

/** A question with its answer. */
export interface FaqEntry {
  /** Unique over all entries. */
  id: string;
  question: LocalText;
  answer: LocalText;
  media: readonly MediaItem[];
}

/** What a button of the menu does. */
export type MenuItem = "ask" | "topics" | "settings" | "new" | "help" | "leave";

/** What of the bot's settings the conversation goes by. */
export interface ConversationSettings {
  name: string;
  languages: readonly string[];
  defaultLanguage: string;
  suggestions: Readonly<Record<string, readonly string[]>>;
  /** The rows of the reply keyboard. */
  menu: readonly (readonly MenuItem[])[];
  /** The flow new people are led through. */
  onboarding?: string;
  limits: { messagesPerMinute: number; questionsPerDay: number; incomingFileMb: number };
  feedback: { milestones: readonly number[]; thumbs: boolean };
  retention: { messagesDays: number; mediaDays: number; feedbackDays: number };
}
