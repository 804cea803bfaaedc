import type { Flow } from "../../content/index.ts";
import type { FlowPosition } from "../../store/index.ts";
import type { InlineKeyboardMarkup } from "../../telegram/index.ts";
import type { Exchange } from "../exchange.ts";
import type { ConversationContent } from "../ports.ts";
import type { Reply } from "../replies.ts";
import { findFlow } from "./frames.ts";

/** The id of the outermost flow of a position. */
export function rootOf({ frames }: FlowPosition): string | undefined {
  return frames[0]?.flow;
}

/** The offer to continue a stopped flow; empty when the flow no longer exists. */
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

/** The reply to a button of a flow the person is not in. */
export function overOffer({ language }: Exchange, flow: Flow, content: ConversationContent): Reply {
  const title = content.say(flow.title, language);
  const markdown = content.translate(language, "flow.over", { title });
  return { markdown, keyboard: beginButton(language, "flow.begin", flow, content) };
}

/** The offer to begin the onboarding flow. */
export function onboardingOffer({ language }: Exchange, flow: Flow, content: ConversationContent): Reply {
  const markdown = content.translate(language, "onboarding.offer");
  return { markdown, keyboard: beginButton(language, "flow.begin", flow, content) };
}

/** A button that begins a flow, or continues it if the person is in it. */
function beginButton(
  language: string,
  label: "flow.continue" | "flow.begin",
  { id }: Flow,
  content: ConversationContent,
): InlineKeyboardMarkup {
  return { inline_keyboard: [[{ text: content.translate(language, label), callback_data: `begin:${id}` }]] };
}
