import type { Socket } from "node:net";
import { errorMessage, type Logger } from "../../core/index.ts";
import type { Reply, ServerContext } from "../commands/context.ts";
import { dispatch } from "../commands/dispatch.ts";
import { errorFields } from "../commands/reply.ts";
import { CommandError } from "../errors.ts";
import { FrameReader, MAX_MESSAGE_BYTES } from "./frames.ts";
import { type Message, readMessage, writeReply } from "./messages.ts";

/** Commands accepted as OP_QUERY. */
const LEGACY_COMMANDS: ReadonlySet<string> = new Set(["ismaster", "isMaster", "hello"]);

/** Answers one client's messages in order. Closes the connection when a message is malformed. */
export function serveConnection(
  socket: Socket,
  server: ServerContext,
  connectionId: number,
  logger: Logger,
): void {
  const frames = new FrameReader();
  let busy = false;
  let replies = 0;

  const answer = async (message: Message): Promise<void> => {
    const reply = await replyTo(message, server, connectionId, logger);
    replies += 1;
    if (message.wantsReply && socket.writable) socket.write(writeReply(message, reply, replies));
  };

  const work = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      for (let frame = frames.next(); frame; frame = frames.next()) await answer(readMessage(frame));
      socket.resume();
    } catch (error) {
      logger.warn("Embedded database closed a connection", { reason: errorMessage(error) });
      socket.destroy();
    } finally {
      busy = false;
    }
  };

  socket.setNoDelay(true);
  socket.on("data", (chunk) => {
    frames.push(chunk);
    if (frames.buffered > MAX_MESSAGE_BYTES) socket.pause(); // until the buffered messages are answered
    void work();
  });
}

async function replyTo(
  message: Message,
  server: ServerContext,
  connectionId: number,
  logger: Logger,
): Promise<Reply> {
  if (message.refusal) return { ok: 0, ...errorFields(message.refusal) };
  const name = message.command.keys().next().value ?? "";
  if (message.legacy && !LEGACY_COMMANDS.has(name)) {
    const refusal = `Unsupported OP_QUERY command: ${name}. The client driver may require an upgrade.`;
    return { ok: 0, ...errorFields(new CommandError("UnsupportedOpQueryCommand", refusal)) };
  }
  return dispatch(server, message.command, { connectionId, logger });
}
