import { randomInt } from "node:crypto";
import { type Clock, errorMessage } from "../../core/index.ts";
import type { Message, TelegramApi, Update, User } from "../../telegram/index.ts";
import type { Terminal } from "./terminal.ts";

/** Who looks after the bot, as far as they have been found. */
export interface FoundOperators {
  userIds: number[];
  chatId?: number;
}

export interface FindOperatorsDeps {
  api: Pick<TelegramApi, "getUpdates">;
  bot: Pick<User, "username">;
  terminal: Terminal;
  clock: Clock;
}

const LOOK_EVERY_MS = 1_000;
/** Telegram hands out at most this many updates at a time. */
const MOST_UPDATES = 100;
/** No letters and digits that look alike. */
const CODE_SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";
const CODE_LENGTH = 8;

/**
 * Finds the ids of the operators and of their group from messages with a code that only this terminal shows. The
 * messages are not confirmed to Telegram: the bot still gets them at its first start.
 */
export async function findOperators({
  api,
  bot,
  terminal,
  clock,
}: FindOperatorsDeps): Promise<FoundOperators> {
  const code = Array.from({ length: CODE_LENGTH }, () => CODE_SIGNS[randomInt(CODE_SIGNS.length)]).join("");
  const link = `https://t.me/${bot.username}`;
  terminal.say(
    [
      "",
      "Operators, each from their own Telegram account:",
      `  open ${link}?start=${code} and press START, or send ${code} to the bot.`,
      "The operators' group for alerts and hand-overs, if you want one:",
      `  open ${link}?startgroup=${code} and choose the group.`,
    ].join("\n"),
  );
  const ending = new AbortController();
  const found: FoundOperators = { userIds: [] };
  const looking = lookForCode(code, found, { api, terminal, clock }, ending.signal).catch(
    (error: unknown) => {
      if (!ending.signal.aborted) terminal.say(`The messages cannot be read: ${errorMessage(error)}`);
    },
  );
  await terminal.ask("Press Enter when everybody is listed here, or to leave this out. ");
  ending.abort();
  await looking;
  return found;
}

async function lookForCode(
  code: string,
  found: FoundOperators,
  { api, terminal, clock }: Pick<FindOperatorsDeps, "api" | "terminal" | "clock">,
  signal: AbortSignal,
): Promise<void> {
  const seen = new Set<number>();
  for (;;) {
    const updates = await api.getUpdates({ timeout: 0 }, signal);
    for (const update of updates) {
      if (seen.has(update.update_id)) continue;
      seen.add(update.update_id);
      note(update, code, found, terminal);
    }
    if (updates.length === MOST_UPDATES) {
      terminal.say(
        `${MOST_UPDATES} messages or more wait for the bot, so newer ones cannot be seen. ` +
          "Start it once, so that it answers them, stop it, and run this again.",
      );
      return;
    }
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}

function note({ message }: Update, code: string, found: FoundOperators, terminal: Terminal): void {
  if (!message || !hasCode(message, code)) return;
  const { chat, from } = message;
  if (chat.type !== "private") {
    found.chatId = chat.id;
    terminal.say(`\n  The operators' group is ${chat.title ?? "untitled"} (${chat.id}).`);
  } else if (from && !found.userIds.includes(from.id)) {
    found.userIds.push(from.id);
    terminal.say(`\n  ${from.first_name} (${from.id}) is an operator.`);
  }
}

/** Alone, or behind the command that a link sends, such as `/start@helpline_bot K7Q4M2XY`. */
function hasCode({ text = "" }: Message, code: string): boolean {
  return text.trim().split(/\s+/).at(-1)?.toUpperCase() === code;
}
