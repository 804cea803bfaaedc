import type { ConversationContent } from "../ports.ts";
import { isSameText } from "./answer-reading.ts";
import type { PendingAsk } from "./frames.ts";

/** The buttons the bot adds to an ask. */
export const CONTROLS = ["skip", "back", "cancel"] as const;
export type Control = (typeof CONTROLS)[number];

/** The controls in callback data; choice ids contain no "~". */
const CONTROL_IDS: Record<Control, string> = { skip: "~s", back: "~b", cancel: "~c" };

/** The parsed callback data of a flow's button. */
export interface FlowButton {
  flow: string;
  version: string;
  node: string;
  choice: { control: Control } | { id: string };
}

/** The controls an ask offers. */
export function controlsOf({ node, canGoBack }: PendingAsk): Control[] {
  const isOffered: Record<Control, boolean> = { skip: node.skippable, back: canGoBack, cancel: true };
  return CONTROLS.filter((control) => isOffered[control]);
}

/** The callback data of an ask's button: at most 64 bytes, which the content check guarantees. */
export function flowButtonData({ flow, nodeId }: PendingAsk, choice: string | { control: Control }): string {
  const choiceId = typeof choice === "string" ? choice : CONTROL_IDS[choice.control];
  return `flow:${flow.id}:${flow.version}:${nodeId}:${choiceId}`;
}

/** Parses callback data after `flow:`; null when it is malformed. */
export function readFlowButton(value: string): FlowButton | null {
  const [flow, version, node, choiceId, ...rest] = value.split(":");
  if (flow === undefined || version === undefined || node === undefined) return null;
  if (choiceId === undefined || rest.length > 0) return null;
  const control = CONTROLS.find((known) => CONTROL_IDS[known] === choiceId);
  return { flow, version, node, choice: control ? { control } : { id: choiceId } };
}

/** The control with this label in any language. */
export function readControl(
  text: string,
  ask: PendingAsk,
  content: ConversationContent,
): Control | undefined {
  return controlsOf(ask).find((control) =>
    content.bot.languages.some((language) =>
      isSameText(content.translate(language, `flow.${control}`), text),
    ),
  );
}
