import type { Reload, TextKey } from "../../content/index.ts";
import type { Clock } from "../../core/index.ts";
import type { PeopleStore, PersonalHistoryStore, PersonRecord } from "../../store/index.ts";
import type { Exchange, Operators } from "../exchange.ts";
import type { Commands } from "../feature.ts";
import type { ConversationContent } from "../ports.ts";
import type { Reply } from "../replies.ts";

export interface OperatorCommandsDeps {
  content: ConversationContent;
  people: PeopleStore;
  personalHistory: PersonalHistoryStore;
  operators: Operators;
  mayOperate(exchange: Exchange): boolean;
  /** The bot's statistics: a text, and a chart if one could be drawn. */
  statsPicture(language: string): Promise<{ text: string; png: Uint8Array | null }>;
  /** Reads the content again; what has mistakes is not taken over. */
  reloadContent(): Promise<Reload>;
  clock: Clock;
}

/** Operators may use their commands in a private chat with the bot, and in the operators' chat. */
export function createMayOperate(operators: Operators): (exchange: Exchange) => boolean {
  return (exchange) => exchange.isOperator && (exchange.isPrivate || exchange.chatId === operators.chatId);
}

/** `/stats`, `/user`, `/block`, `/unblock` and `/reload`. For everyone else these commands do not exist. */
export function createOperatorCommands(
  deps: OperatorCommandsDeps,
): Commands<"stats" | "user" | "block" | "unblock" | "reload"> {
  const { content, people, personalHistory, operators, mayOperate, clock } = deps;
  const say = (language: string, key: TextKey, values?: Record<string, string | number>): string =>
    content.translate(language, key, values);

  /** A command about one person, whose Telegram user id is its argument. */
  function aboutPerson(
    name: string,
    command: (language: string, personId: number) => Promise<string>,
  ): (exchange: Exchange, args: string) => Promise<Reply[] | null> {
    return async (exchange, args) => {
      if (!mayOperate(exchange)) return null;
      const { language } = exchange;
      const isId = /^\d{1,15}$/.test(args);
      const markdown = isId
        ? await command(language, Number(args))
        : say(language, "operators.usage", { command: `/${name}` });
      return [{ markdown }];
    };
  }

  async function describe(language: string, id: number): Promise<string> {
    const person = await people.find(id);
    if (!person) return say(language, "operators.unknown_person", { id });
    return say(language, "operators.user", {
      id,
      language: person.language ?? "–",
      age: person.ageGroup ?? "–",
      topic: person.topic ?? "–",
      first: dayOf(person.firstSeenAt),
      last: dayOf(person.lastSeenAt),
      questions: person.questions ?? 0,
      kept: await personalHistory.count(id),
      state: say(language, stateOf(person)),
    });
  }

  async function bar(language: string, id: number): Promise<string> {
    if (operators.userIds.includes(id)) return say(language, "operators.is_operator");
    await people.bar(id, new Date(clock.now()));
    return say(language, "operators.barred", { id });
  }

  async function unbar(language: string, id: number): Promise<string> {
    await people.bar(id, null);
    return say(language, "operators.unbarred", { id });
  }

  async function reload(language: string): Promise<string> {
    const reloaded = await deps.reloadContent();
    if (!reloaded.ok) return say(language, "operators.reload_failed", { mistakes: reloaded.mistakes });
    const here =
      reloaded.changed.length === 0
        ? say(language, "operators.reload_same")
        : say(language, "operators.reloaded", {
            changes: reloaded.changed.map((change) => `- ${change}`).join("\n"),
          });
    const { differing = [], silent = 0 } = reloaded.others ?? {};
    return [
      here,
      ...(differing.length > 0
        ? [say(language, "operators.reload_differs", { instances: differing.join(", ") })]
        : []),
      ...(silent > 0 ? [say(language, "operators.reload_silent", { count: silent })] : []),
    ].join("\n\n");
  }

  return {
    commands: {
      async stats(exchange) {
        if (!mayOperate(exchange)) return null;
        const { text, png } = await deps.statsPicture(exchange.language);
        if (!png) return [{ markdown: text }];
        const file = {
          name: "stats.png",
          mimeType: "image/png",
          base64: Buffer.from(png).toString("base64"),
        };
        return [{ markdown: text, media: [{ kind: "photo", file }] }];
      },
      user: aboutPerson("user", describe),
      block: aboutPerson("block", bar),
      unblock: aboutPerson("unblock", unbar),
      reload: async (exchange) =>
        mayOperate(exchange) ? [{ markdown: await reload(exchange.language) }] : null,
    },
  };
}

function dayOf(at: Date | undefined): string {
  return at?.toISOString().slice(0, 10) ?? "–";
}

function stateOf({ blocked, barred }: PersonRecord): TextKey {
  if (barred) return "operators.state_barred";
  return blocked ? "operators.state_blocked" : "operators.state_fine";
}
