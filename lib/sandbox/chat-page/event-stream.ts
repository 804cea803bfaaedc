import type { FastifyReply } from "fastify";
import type { SandboxEvent } from "../chats/events.ts";
import type { SandboxTelegram } from "../telegram.ts";
import { PEOPLE, personOf } from "./people.ts";

/** A page that reads slower than this is cut off; it reconnects and starts from a fresh snapshot. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
/** How soon the browser tries again after the stream broke. */
const RETRY_MS = 1000;

/** Whose page it is, and which chat it shows: a group, or the private one, whose id is the person's. */
export interface Viewer {
  user: number;
  chat: number;
}

/**
 * Sends a person's view of a chat as server-sent events: first a snapshot, then what changes.
 * @returns a function that ends the stream; `onClosed` is called once, however it ends.
 */
export function openEventStream(
  reply: FastifyReply,
  telegram: SandboxTelegram,
  viewer: Viewer,
  onClosed: () => void,
): () => void {
  const stream = reply.hijack().raw;
  const send = (event: object) => {
    stream.write(`data: ${JSON.stringify(event)}\n\n`);
    if (stream.writableLength > MAX_UNREAD_BYTES) stream.destroy();
  };
  const commands = () => telegram.commandsFor(viewer.user, viewer.chat);
  const groups = () => telegram.groups().map(({ id, title }) => ({ id, title }));
  stream.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  stream.write(`retry: ${RETRY_MS}\n\n`);
  const person = personOf(viewer.user);
  const chat = telegram.chat(viewer.chat);
  const around = { people: PEOPLE, groups: groups(), commands: commands() };
  send({ type: "snapshot", bot: telegram.bot, person, chat, ...around });
  const unsubscribe = telegram.subscribe((event) => {
    if (event.type === "commands") send({ type: "commands", commands: commands() });
    else if (event.type === "groups") send({ type: "groups", groups: groups() });
    else if (concerns(event, viewer)) send(event);
  });
  stream.on("close", () => {
    unsubscribe();
    onClosed();
  });
  return () => stream.end();
}

/** What happens in the viewed chat; the answer to a press is for whoever pressed. */
function concerns(event: SandboxEvent, { user, chat }: Viewer): boolean {
  if (!("chatId" in event) || event.chatId !== chat) return false;
  return event.type !== "callback-answer" || event.userId === user;
}
