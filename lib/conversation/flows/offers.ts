import type { Flow } from "../../content/index.ts";
import type { FlowPosition } from "../../store/index.ts";
import type { InlineKeyboardMarkup } from "../../telegram/index.ts";
import type { Exchange } from "../exchange.ts";
import type { ConversationContent } from "../ports.ts";
import type { Reply } from "../replies.ts";
import { findFlow } from "./frames.ts";

/** The flow that a position began with. */
export function rootOf({ frames }: FlowPosition): string | undefined {
  return frames[0]?.flow;
}

/** The offer to go on with a flow that was stopped half-way; nothing where it is gone. */
export function continueOffer(
  { language }: Exchange,
  key: "flow.stopped" | "flow.half_way",
  position: FlowPosition | undefined,
  content: ConversationContent,
): Reply[] {
  const flow = findFlow(content.flows, (position && rootOf(position)) ?? "");
  if (!flow) return [];
  const markdown = content.translate(language, key, { title: content.say(flow.title, language) });
  return [{ markdown, keyboard: beginButton(language, "flow.continue", flow, content) }];
}

/** What is said to a button of a flow that nobody is in. */
export function overOffer({ language }: Exchange, flow: Flow, content: ConversationContent): Reply {
  const title = content.say(flow.title, language);
  const markdown = content.translate(language, "flow.over", { title });
  return { markdown, keyboard: beginButton(language, "flow.begin", flow, content) };
}

/** The offer to get to know each other. */
export function onboardingOffer({ language }: Exchange, flow: Flow, content: ConversationContent): Reply {
  const markdown = content.translate(language, "onboarding.offer");
  return { markdown, keyboard: beginButton(language, "flow.begin", flow, content) };
}

/** Begins a flow, or goes on with it where the person is in it. */
function beginButton(
  language: string,
  label: "flow.continue" | "flow.begin",
  { id }: Flow,
  content: ConversationContent,
): InlineKeyboardMarkup {
  return { inline_keyboard: [[{ text: content.translate(language, label), callback_data: `begin:${id}` }]] };
}
