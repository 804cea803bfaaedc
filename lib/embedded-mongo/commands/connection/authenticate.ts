import { Binary, Int32 } from "bson";
import { startScram } from "../../access/scram.ts";
import type { Value } from "../../bson/values.ts";
import { CommandError } from "../../errors.ts";
import { anything, ignored, readArguments, required, string } from "../arguments.ts";
import type { CommandRequest, Handler, Reply } from "../context.ts";

const MECHANISM = "SCRAM-SHA-256";
/** A connection has one conversation at a time. */
const CONVERSATION_ID = new Int32(1);

/** What a client may ask before it is authenticated: who the server is, and to be let in. */
const OPEN_COMMANDS: ReadonlySet<string> = new Set([
  "hello",
  "isMaster",
  "ismaster",
  "ping",
  "buildInfo",
  "buildinfo",
  "endSessions",
  "saslStart",
  "saslContinue",
]);

/** @throws CommandError Unauthorized for a command that only authenticated clients may send */
export function checkAccess({ name, client }: CommandRequest): void {
  if (client.isAuthenticated || OPEN_COMMANDS.has(name)) return;
  throw new CommandError("Unauthorized", `Command ${name} requires authentication`);
}

export const saslStart: Handler = ({ credentials }, { command, client }) => {
  const { mechanism, payload } = readArguments(command, "saslStart", {
    saslStart: ignored,
    mechanism: required(string),
    payload: required(anything),
    autoAuthorize: ignored,
    options: ignored,
  });
  if (mechanism !== MECHANISM) {
    throw new CommandError("MechanismUnavailable", `Only ${MECHANISM} is supported, not ${mechanism}`);
  }
  client.scram = startScram(textOf(payload), credentials);
  if (!client.scram) throw failed();
  return reply(client.scram.first, false);
};

export const saslContinue: Handler = (_server, { command, client }) => {
  const { payload } = readArguments(command, "saslContinue", {
    saslContinue: ignored,
    conversationId: ignored,
    payload: required(anything),
  });
  if (client.isAuthenticated) return reply("", true); // a driver that does not skip the empty exchange
  const last = client.scram?.finish(textOf(payload));
  client.scram = undefined;
  if (last === undefined) throw failed();
  client.isAuthenticated = true;
  return reply(last, true);
};

function reply(text: string, done: boolean): Reply {
  return { conversationId: CONVERSATION_ID, done, payload: new Binary(Buffer.from(text)) };
}

function textOf(payload: Value): string {
  return payload instanceof Binary ? Buffer.from(payload.value()).toString("utf8") : "";
}

/** Says no more than that, so that a stranger learns nothing about the name or the password. */
function failed(): CommandError {
  return new CommandError("AuthenticationFailed", "Authentication failed.");
}
