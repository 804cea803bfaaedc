import type { TextKey } from "../../content/index.ts";
import type { DangerReportRecord } from "../../store/index.ts";
import { escapeMarkdown, shownName } from "../plain-text.ts";
import type { ConversationContent, ConversationTelegram } from "../ports.ts";

type Report = Pick<DangerReportRecord, "telegramUserId" | "isPrivate" | "name" | "rules" | "count">;
type Content = Pick<ConversationContent, "bot" | "translate">;

/** The rules a report names. */
const MAX_RULES = 3;

/** What one message tells the operators about these reports, as Markdown in the bot's default language. */
export function reportText(reports: readonly Report[], { bot, translate }: Content): string {
  const say = (key: TextKey, values?: Record<string, string | number>): string =>
    translate(bot.defaultLanguage, key, values);
  const people = reports.map(({ telegramUserId: id, isPrivate, name, rules, count }) => ({
    id,
    name: escapeMarkdown(shownName(name) || String(id)),
    details: [
      say("risk.rule", { rule: rules.slice(0, MAX_RULES).join(", ") }),
      ...(isPrivate ? [] : [say("risk.in_group")]),
      ...(count > 1 ? [say("risk.times", { times: count })] : []),
    ].join(", "),
  }));
  const [only, ...others] = people;
  if (only && others.length === 0) return say("risk.alert", only);
  return [say("risk.alerts"), ...people.map((person) => say("risk.alerts_line", person))].join("\n");
}

/** The longest beginning of the reports that fits into one message; at least one report. */
export function fittingReports<One extends Report>(
  reports: readonly One[],
  content: Content,
  format: ConversationTelegram["format"],
): One[] {
  let some = [...reports];
  while (some.length > 1 && format(reportText(some, content)).length > 1) {
    some = some.slice(0, Math.floor(some.length * 0.8));
  }
  return some;
}
