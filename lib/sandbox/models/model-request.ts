/** The parsed body of a call, whatever the provider. */
export interface ModelRequest {
  /** The system instruction as one text; empty if there is none. */
  system: string;
  /** The turns of the conversation, the question last. */
  turns: readonly { role: "user" | "model"; text: string }[];
  /** The last text of the last turn. */
  question: string;
  /** The files of the last turn. */
  files: readonly { mimeType: string; sizeBytes: number }[];
  /** What else the call asks for, as it was sent. */
  options: Readonly<Record<string, unknown>>;
}
