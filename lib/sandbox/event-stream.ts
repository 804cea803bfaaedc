import type { FastifyReply } from "fastify";
import type { SandboxEvent } from "./events.ts";
import type { SandboxPerson } from "./people/people.ts";
import type { SandboxTelegram } from "./telegram.ts";

/** A page that reads slower than this is cut off; it reconnects and starts from a fresh snapshot. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** How soon the browser tries again after the stream broke. */
const RETRY_MS = 1000;

/**
 * Sends a person's view of their chat as server-sent events: first a snapshot, then what changes.
 * @returns a function that ends the stream; `onClosed` is called once, however it ends.
 */
export function openEventStream(
  reply: FastifyReply,
  telegram: SandboxTelegram,
  person: SandboxPerson,
  people: readonly SandboxPerson[],
  onClosed: () => void,
): () => void {
  const stream = reply.hijack().raw;
  const send = (event: object) => {
    stream.write(`data: ${JSON.stringify(event)}\n\n`);
    if (stream.writableLength > MAX_UNREAD_BYTES) stream.destroy();
  };
  const commands = () => telegram.commandsFor(person.userId);
  stream.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  stream.write(`retry: ${RETRY_MS}\n\n`);
  const chat = telegram.chat(person.userId);
  send({ type: "snapshot", bot: telegram.bot, person, people, chat, commands: commands() });
  const unsubscribe = telegram.subscribe((event) => {
    if (event.type === "commands") send({ type: "commands", commands: commands() });
    else if (concerns(event, person.userId)) send(event);
  });
  stream.on("close", () => {
    unsubscribe();
    onClosed();
  });
  return () => stream.end();
}

/** The page shows private chats, whose id is the person's. */
function concerns(event: SandboxEvent, userId: number): boolean {
  return "chatId" in event && event.chatId === userId;
}
