import type { FastifyReply } from "fastify";
import type { ChatView } from "../chats/chat-view.ts";
import type { SandboxEvent } from "../chats/events.ts";
import type { WireCommand, WireUser } from "../chats/wire.ts";
import type { SandboxPerson } from "../people/people.ts";
import type { SandboxTelegram } from "../telegram.ts";
import { type PagePerson, peopleFor, personOf, seesGroup } from "./people.ts";

/** A page that reads slower than this is disconnected; it reconnects and gets a new snapshot. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
/** The browser reconnects after this time. */
const RETRY_MS = 1000;

/** A group to switch to. */
export interface PageGroup {
  id: number;
  title: string;
}

/** All that the page shows, sent when it connects. */
export interface PageSnapshot {
  type: "snapshot";
  bot: WireUser;
  person: SandboxPerson;
  /** Null before anyone wrote in the chat. */
  chat: ChatView | null;
  people: readonly PagePerson[];
  groups: PageGroup[];
  commands: WireCommand[];
}

/** An event of the viewed chat. */
type ChatEvent = Extract<SandboxEvent, { chatId: number }>;

/** What the event stream carries. */
export type PageEvent =
  | PageSnapshot
  | ChatEvent
  | { type: "commands"; commands: WireCommand[] }
  | { type: "groups"; groups: PageGroup[] };

/** The person a page belongs to, and the chat it shows: a group, or the private chat, whose id is the person's. */
export interface Viewer {
  user: number;
  chat: number;
}

/**
 * Sends a person's view of a chat as server-sent events: first a snapshot, then each change.
 * @param onClosed called once, however the stream ends.
 * @returns a function that ends the stream.
 */
export function openEventStream(
  reply: FastifyReply,
  telegram: SandboxTelegram,
  viewer: Viewer,
  onClosed: () => void,
): () => void {
  const stream = reply.hijack().raw;
  const send = (event: PageEvent) => {
    stream.write(`data: ${JSON.stringify(event)}\n\n`);
    if (stream.writableLength > MAX_UNREAD_BYTES) stream.destroy();
  };
  const commands = () => telegram.commandsFor(viewer.user, viewer.chat);
  const groups = () =>
    telegram
      .groups()
      .filter(({ id }) => seesGroup(viewer.user, id))
      .map(({ id, title = "" }) => ({ id, title }));
  stream.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  stream.write(`retry: ${RETRY_MS}\n\n`);
  const person = personOf(viewer.user);
  const chat = telegram.chat(viewer.chat);
  const choices = { people: peopleFor(telegram.groups()), groups: groups(), commands: commands() };
  send({ type: "snapshot", bot: telegram.bot, person, chat, ...choices });
  const unsubscribe = telegram.subscribe((event) => {
    if (event.type === "commands") send({ type: "commands", commands: commands() });
    else if (event.type === "groups") send({ type: "groups", groups: groups() });
    else if (isShownTo(viewer, event)) send(event);
  });
  stream.on("close", () => {
    unsubscribe();
    onClosed();
  });
  return () => stream.end();
}

/** Whether an event belongs to the viewed chat; the answer to a press is only for the person who pressed. */
function isShownTo({ user, chat }: Viewer, event: SandboxEvent): event is ChatEvent {
  if (!("chatId" in event) || event.chatId !== chat) return false;
  return event.type !== "callback-answer" || event.userId === user;
}
