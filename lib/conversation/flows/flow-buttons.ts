import type { ConversationContent } from "../ports.ts";
import { isSameText } from "./answer-reading.ts";
import type { PresentAsk } from "./frames.ts";

/** What can be done at an ask beside answering it. */
export const CONTROLS = ["skip", "back", "cancel"] as const;
export type Control = (typeof CONTROLS)[number];

/** Stand for the controls in callback data; no choice has such an id. */
const SIGNS: Record<Control, string> = { skip: "~s", back: "~b", cancel: "~c" };

/** What a flow's button stands for. */
export interface FlowButton {
  flow: string;
  version: string;
  node: string;
  choice: { control: Control } | { id: string };
}

/** The controls an ask offers. */
export function controlsOf({ node, canGoBack }: PresentAsk): Control[] {
  return CONTROLS.filter(
    (control) => control === "cancel" || (control === "skip" ? node.skippable : canGoBack),
  );
}

/** The callback data of an ask's button: at most 64 bytes, which the content check sees to. */
export function flowButtonData({ flow, nodeId }: PresentAsk, choice: string | { control: Control }): string {
  const sign = typeof choice === "string" ? choice : SIGNS[choice.control];
  return `flow:${flow.id}:${flow.version}:${nodeId}:${sign}`;
}

/** Reads callback data behind `flow:`; null when it is none of ours. */
export function readFlowButton(value: string): FlowButton | null {
  const [flow, version, node, sign, ...rest] = value.split(":");
  if (flow === undefined || version === undefined || node === undefined) return null;
  if (sign === undefined || rest.length > 0) return null;
  const control = CONTROLS.find((known) => SIGNS[known] === sign);
  return { flow, version, node, choice: control ? { control } : { id: sign } };
}

/** The control whose label this is, in whatever language. */
export function readControl(
  text: string,
  ask: PresentAsk,
  content: ConversationContent,
): Control | undefined {
  return controlsOf(ask).find((control) =>
    content.bot.languages.some((language) =>
      isSameText(content.translate(language, `flow.${control}`), text),
    ),
  );
}
