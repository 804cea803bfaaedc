import type { Socket } from "node:net";
import { errorMessage, type Logger } from "../../core/index.ts";
import type { Client, Reply, ServerContext } from "../commands/context.ts";
import { dispatch } from "../commands/dispatch.ts";
import { errorFields } from "../commands/reply.ts";
import { CommandError } from "../errors.ts";
import { ArrivalLimit } from "./arrival-limit.ts";
import { FrameReader, MAX_MESSAGE_BYTES } from "./frames.ts";
import { type Message, readMessage, writeReply } from "./messages.ts";

/** Commands accepted as OP_QUERY. */
const LEGACY_COMMANDS: ReadonlySet<string> = new Set(["ismaster", "isMaster", "hello"]);

/** A stranger needs only a handshake, which is a few hundred bytes. */
const MAX_STRANGERS_MESSAGE_BYTES = 64 * 1024;

/**
 * Answers one client's messages in order. Closes the connection when a message is malformed, does not arrive in full, or
 * is longer than a client that is not authenticated may send.
 */
export function serveConnection(socket: Socket, server: ServerContext, client: Client, logger: Logger): void {
  const frames = new FrameReader();
  let busy = false;
  let replies = 0;
  const maxBytes = (): number => (client.isAuthenticated ? MAX_MESSAGE_BYTES : MAX_STRANGERS_MESSAGE_BYTES);

  const close = (reason: string): void => {
    logger.warn("Embedded database closed a connection", { reason });
    socket.destroy();
  };

  const arrival = new ArrivalLimit(server.clock, () => close("a message did not arrive in full"));

  const answer = async (message: Message): Promise<void> => {
    const reply = await replyTo(message, server, client, logger);
    replies += 1;
    if (message.wantsReply && socket.writable) socket.write(writeReply(message, reply, replies));
  };

  const work = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      for (let frame = frames.next(maxBytes()); frame; frame = frames.next(maxBytes())) {
        arrival.stop();
        await answer(await readMessage(frame, server.turns));
      }
      if (frames.buffered > 0) arrival.start();
      socket.resume();
    } catch (error) {
      close(errorMessage(error));
    } finally {
      busy = false;
    }
  };

  socket.setNoDelay(true);
  socket.on("data", (chunk) => {
    frames.push(chunk);
    if (frames.buffered > maxBytes()) socket.pause(); // until the buffered messages are answered
    void work();
  });
  socket.once("close", () => arrival.stop());
}

async function replyTo(
  message: Message,
  server: ServerContext,
  client: Client,
  logger: Logger,
): Promise<Reply> {
  if (message.refusal) return { ok: 0, ...errorFields(message.refusal) };
  const name = message.command.keys().next().value ?? "";
  if (message.legacy && !LEGACY_COMMANDS.has(name)) {
    const refusal = `Unsupported OP_QUERY command: ${name}. The client driver may require an upgrade.`;
    return { ok: 0, ...errorFields(new CommandError("UnsupportedOpQueryCommand", refusal)) };
  }
  return dispatch(server, message.command, { client, logger });
}
