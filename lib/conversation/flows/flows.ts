import type { FlowPosition } from "../../store/index.ts";
import type { Message } from "../../telegram/index.ts";
import { menuKeyboard } from "../commands/menu.ts";
import type { Exchange, Operators } from "../exchange.ts";
import type { Feature, Press, Turn } from "../feature.ts";
import { reachableChat } from "../operators/operators-chat.ts";
import type { Reply } from "../replies.ts";
import { choicesOf, type FlowInput } from "./answer-reading.ts";
import { answeredReply, askReplies, hidesMenu, retryReply } from "./ask-replies.ts";
import { type Control, controlsOf, readControl, readFlowButton } from "./flow-buttons.ts";
import { createFlowSession, type FlowSessionDeps } from "./flow-session.ts";
import { findFlow, type PendingAsk, pendingAsk } from "./frames.ts";
import { continueOffer, onboardingOffer, overOffer, rootOf } from "./offers.ts";
import { type RenderDeps, renderOutputs } from "./render.ts";
import { answerWalk, backWalk, beginWalk, skipWalk, type Walk, type WalkContext } from "./walk.ts";

export interface FlowsDeps extends RenderDeps, FlowSessionDeps {
  operators: Operators;
}

/** Guided conversations, in private chats. */
export interface Flows {
  feature: Feature;
  /** Begins the onboarding flow for new people, or continues the current flow; null when there is nothing to do. */
  welcome(exchange: Exchange, turn: Turn): Promise<Reply[] | null>;
  /** Begins the onboarding flow again; null when there is none. */
  startOver(exchange: Exchange, turn: Turn): Promise<Reply[] | null>;
  /** Stops the active flow and offers to continue it; null when there is none. */
  stop(exchange: Exchange, turn: Turn): Reply[] | null;
  /** The position that a new session takes over from the present one, stopped. */
  carried(exchange: Exchange): FlowPosition | undefined;
  /** The offer to continue a stopped flow; empty when there is none. */
  offer(exchange: Exchange, position: FlowPosition | undefined): Reply[];
}

export function createFlows(deps: FlowsDeps): Flows {
  const { content, conversations, people, operators, clock } = deps;
  const { activePosition, wasMoved, move } = createFlowSession({ conversations, people, clock });

  const say = (exchange: Exchange, key: Parameters<typeof content.translate>[1]): Reply => ({
    markdown: content.translate(exchange.language, key),
  });

  function contextFor({ person, at }: Exchange): WalkContext {
    const today = at.toISOString().slice(0, 10);
    const { flows, bot } = content;
    const hasTeam = reachableChat(operators) !== undefined;
    return { flows, profile: person ?? {}, languages: bot.languages, hasTeam, today };
  }

  /**
   * Replies with the outputs of a walk, and moves the session to where it ended.
   * @param root the id of the outermost flow
   */
  async function follow(
    exchange: Exchange,
    root: string | undefined,
    walk: Walk,
    lead: readonly Reply[],
    turn: Turn,
  ): Promise<Reply[]> {
    const { outputs, frames } = walk;
    const { replies, saved } = await renderOutputs(outputs, exchange, lead, turn, deps);
    const isOver = frames.length === 0;
    const position = isOver ? null : { frames, isStopped: false, at: exchange.at };
    const isOnboarded = isOver && root !== undefined && root === content.bot.onboarding;
    const { seq } = exchange;
    move(exchange, turn, position, {
      ...saved,
      ...(isOnboarded ? { onboarding: { state: "done" as const, seq } } : {}),
    });
    const isSilent = replies.every(({ editsMessage }) => editsMessage !== undefined);
    return isOver && isSilent ? [...replies, say(exchange, "flow.done")] : replies;
  }

  async function begin(
    exchange: Exchange,
    flowId: string,
    lead: readonly Reply[],
    turn: Turn,
  ): Promise<Reply[]> {
    const flow = findFlow(content.flows, flowId);
    if (flow) return follow(exchange, flow.id, beginWalk(flow, contextFor(exchange)), lead, turn);
    move(exchange, turn, null);
    return [{ ...say(exchange, "flow.gone"), keyboard: menuKeyboard(content, exchange.language) }];
  }

  /** Asks the pending question again; starts over when an edit of the content removed it. */
  async function askAgain(
    exchange: Exchange,
    position: FlowPosition,
    lead: readonly Reply[],
    turn: Turn,
  ): Promise<Reply[]> {
    const ask = pendingAsk(content.flows, position);
    if (!ask) return begin(exchange, rootOf(position) ?? "", [say(exchange, "flow.changed")], turn);
    move(exchange, turn, { ...position, isStopped: false, at: exchange.at });
    return [...lead, ...askReplies(ask, exchange.language, content)];
  }

  function stop(exchange: Exchange, turn: Turn): Reply[] | null {
    if (wasMoved(exchange, turn)) return [];
    const position = activePosition(exchange);
    if (!position) return null;
    const { seq, language } = exchange;
    const isOnboarding = rootOf(position) === content.bot.onboarding;
    move(
      exchange,
      turn,
      { ...position, isStopped: true },
      isOnboarding ? { onboarding: { state: "declined", seq } } : {},
    );
    const ask = pendingAsk(content.flows, position);
    const lead =
      ask && hidesMenu(ask)
        ? [{ ...say(exchange, "flow.noted"), keyboard: menuKeyboard(content, language) }]
        : [];
    const offers = continueOffer(exchange, "flow.stopped", position, content);
    return [...lead, ...(offers.length > 0 ? offers : [say(exchange, "flow.gone")])];
  }

  /** Null when the ask does not offer this control. */
  async function useControl(
    exchange: Exchange,
    position: FlowPosition,
    { ask, control, lead }: { ask: PendingAsk; control: Control; lead: readonly Reply[] },
    turn: Turn,
  ): Promise<Reply[] | null> {
    if (!controlsOf(ask).includes(control)) return null;
    if (control === "cancel") return [...lead, ...(stop(exchange, turn) ?? [])];
    const context = contextFor(exchange);
    const walk =
      control === "skip" ? skipWalk(position.frames, ask, context) : backWalk(position.frames, context);
    return follow(exchange, rootOf(position), walk, [...lead, ...menuAgain(exchange, ask)], turn);
  }

  /** Restores the menu keyboard after an ask that replaced it. */
  function menuAgain(exchange: Exchange, ask: PendingAsk): Reply[] {
    if (!hidesMenu(ask)) return [];
    return [{ ...say(exchange, "flow.noted"), keyboard: menuKeyboard(content, exchange.language) }];
  }

  async function answerWithMessage(
    exchange: Exchange,
    message: Message,
    turn: Turn,
  ): Promise<Reply[] | null> {
    if (!exchange.isPrivate || message.forward_origin) return null;
    if (wasMoved(exchange, turn)) return [];
    const position = activePosition(exchange);
    if (position && turn.isInDanger) {
      move(exchange, turn, { ...position, isStopped: true }); // nor is their next message an answer in the flow
      return null;
    }
    const ask = position && pendingAsk(content.flows, position);
    const input = inputOf(message);
    if (!position || !ask || !input) return null;
    const control = input.kind === "text" ? readControl(input.text, ask, content) : undefined;
    if (control) return useControl(exchange, position, { ask, control, lead: [] }, turn);
    const walk = answerWalk(position.frames, ask, input, contextFor(exchange));
    if ("outputs" in walk) return follow(exchange, rootOf(position), walk, menuAgain(exchange, ask), turn);
    return walk.kind === "question" ? null : [retryReply(ask, exchange.language, content)];
  }

  async function pressFlowButton(
    exchange: Exchange,
    { value, messageId }: Press,
    turn: Turn,
  ): Promise<Reply[] | null> {
    const button = readFlowButton(value);
    if (!button || !exchange.isPrivate) return null;
    if (wasMoved(exchange, turn)) return [];
    const position = exchange.session?.flow;
    if (!position) {
      const flow = findFlow(content.flows, button.flow);
      return [flow ? overOffer(exchange, flow, content) : say(exchange, "flow.gone")];
    }
    const ask = pendingAsk(content.flows, position);
    const isPending =
      ask?.flow.id === button.flow && ask.flow.version === button.version && ask.nodeId === button.node;
    const replies = isPending ? await choose(exchange, position, ask, button.choice, messageId, turn) : null;
    return replies ?? askAgain(exchange, position, [say(exchange, "flow.moved_on")], turn);
  }

  async function choose(
    exchange: Exchange,
    position: FlowPosition,
    ask: PendingAsk,
    chosen: { control: Control } | { id: string },
    messageId: number,
    turn: Turn,
  ): Promise<Reply[] | null> {
    const { language } = exchange;
    if ("control" in chosen) {
      const lead = [answeredReply(ask, chosen, messageId, language, content)];
      return useControl(exchange, position, { ask, control: chosen.control, lead }, turn);
    }
    const choice = choicesOf(ask.node.expects).find(({ id }) => id === chosen.id);
    if (!choice) return null;
    const walk = answerWalk(position.frames, ask, { kind: "choice", id: choice.id }, contextFor(exchange));
    if (!("outputs" in walk)) return null;
    return follow(
      exchange,
      rootOf(position),
      walk,
      [answeredReply(ask, choice, messageId, language, content)],
      turn,
    );
  }

  async function pressBegin(exchange: Exchange, { value }: Press, turn: Turn): Promise<Reply[] | null> {
    if (!exchange.isPrivate) return null;
    if (wasMoved(exchange, turn)) return [];
    const position = exchange.session?.flow;
    return position?.frames[0]?.flow === value
      ? askAgain(exchange, position, [], turn)
      : begin(exchange, value, [], turn);
  }

  /** Added below an answer: the pending question again, the offer to continue the flow, or to begin onboarding. */
  async function answered(exchange: Exchange, turn: Turn): Promise<Reply[]> {
    if (!exchange.isPrivate || wasMoved(exchange, turn)) return [];
    const position = exchange.session?.flow;
    if (!position) return offerOnboarding(exchange, turn);
    if (activePosition(exchange)) return askAgain(exchange, position, [], turn);
    if (position.isStopped) return [];
    move(exchange, turn, { ...position, isStopped: true });
    return continueOffer(exchange, "flow.half_way", position, content);
  }

  function offerOnboarding(exchange: Exchange, turn: Turn): Reply[] {
    const { person, seq, personId } = exchange;
    const flow = findFlow(content.flows, content.bot.onboarding ?? "");
    const wasOffered = person?.onboarding !== undefined && person.onboarding.seq !== seq;
    if (!flow || wasOffered) return [];
    turn.afterwards(() => people.change(personId, { onboarding: { state: "offered", seq } }));
    return [onboardingOffer(exchange, flow, content)];
  }

  return {
    feature: {
      messages: answerWithMessage,
      presses: { flow: pressFlowButton, begin: pressBegin },
      answered,
    },

    async welcome(exchange, turn) {
      if (!exchange.isPrivate) return null;
      if (wasMoved(exchange, turn)) return [];
      const { onboarding } = content.bot;
      const position = exchange.session?.flow;
      if (position) return askAgain(exchange, position, [], turn);
      const state = exchange.person?.onboarding?.state;
      if (onboarding === undefined || state === "done" || state === "declined") return null;
      return begin(exchange, onboarding, [], turn);
    },

    async startOver(exchange, turn) {
      if (!exchange.isPrivate || content.bot.onboarding === undefined) return null;
      return wasMoved(exchange, turn) ? [] : begin(exchange, content.bot.onboarding, [], turn);
    },

    stop,

    carried({ session }) {
      return session?.flow && { ...session.flow, isStopped: true };
    },

    offer: (exchange, position) => continueOffer(exchange, "flow.half_way", position, content),
  };
}

function inputOf({ text, location, contact }: Message): FlowInput | null {
  if (text !== undefined) return { kind: "text", text };
  if (location) return { kind: "location", latitude: location.latitude, longitude: location.longitude };
  return contact ? { kind: "contact", phone: contact.phone_number } : null;
}
