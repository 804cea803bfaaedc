import { Command, InvalidArgumentError, Option } from "commander";
import { SORT_KEYS, type SortKey } from "../../lib/performance/index.ts";

/** The span of time to report. Times are epoch milliseconds. */
export type Span =
  | { kind: "since"; sinceMs: number }
  | { kind: "between"; fromMs: number; toMs: number | null }
  | { kind: "last-run" };

export type Format = "screen" | "json" | "csv";

export interface StatsOptions {
  span: Span;
  format: Format;
  operation?: string;
  sort?: SortKey;
  compare?: keyof typeof COMPARED;
  slow: boolean;
  /** Each instance in a line. */
  instances: boolean;
  all: boolean;
  watch: boolean;
}

/** The earlier spans to compare with, by their distance in milliseconds. */
export const COMPARED = { yesterday: 86_400_000, lastweek: 7 * 86_400_000 };

const UNITS_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 };

interface ParsedOptions {
  since?: number;
  from?: number;
  to?: number;
  lastRun?: true;
  operation?: string;
  sort?: SortKey;
  compare?: keyof typeof COMPARED;
  slow?: true;
  instances?: true;
  all?: true;
  watch?: true;
  json?: true;
  csv?: true;
}

/** Reads the command line. @throws CommanderError after printing the mistake or the help */
export function readOptions(args: readonly string[], now: Date): StatsOptions {
  const command = new Command("npm run stats --")
    .description("The performance report of a running or stopped Helpline")
    .option("--since <span>", "how far back: 30m, 6h, 7d (1h unless given)", parseSpan)
    .option("--from <time>", "from when on: 14:00 (today) or 2026-01-31T14:00", (text) =>
      parseTime(text, now),
    )
    .option("--to <time>", "until when (now unless given)", (text) => parseTime(text, now))
    .addOption(
      new Option("--last-run", "from the bot's last start on").conflicts(["since", "from", "to", "compare"]),
    )
    .option("--operation <name>", "one operation or group in detail, such as model or mongo")
    .addOption(new Option("--sort <key>", "what is largest first").choices(SORT_KEYS))
    .addOption(new Option("--compare <when>", "what became slower or faster").choices(Object.keys(COMPARED)))
    .option("--slow", "the slowest traces, call by call")
    .addOption(
      new Option("--instances", "each instance, and all together").conflicts([
        "slow",
        "compare",
        "json",
        "csv",
      ]),
    )
    .option("--all", "every operation, with --slow every trace kept")
    .option("--watch", "again every 10 s, in place, until Ctrl-C")
    .addOption(new Option("--json", "for programs").conflicts(["csv", "watch"]))
    .addOption(new Option("--csv", "for spreadsheets").conflicts(["watch", "compare", "slow"]))
    .allowExcessArguments(false)
    .showHelpAfterError()
    .exitOverride();
  command.parse(args, { from: "user" });
  const { since, from, to, lastRun, json, csv, slow, instances, all, watch, ...others } =
    command.opts<ParsedOptions>();
  if (since !== undefined && from !== undefined) command.error("error: give --since or --from, not both");
  const endMs = to ?? now.getTime();
  const span = spanOf({ since, from, to, lastRun });
  if (span.kind === "between" && span.fromMs >= endMs) command.error("error: --from must be before --to");
  const format = json ? "json" : csv ? "csv" : "screen";
  return {
    span,
    format,
    slow: slow === true,
    instances: instances === true,
    all: all === true,
    watch: watch === true,
    ...others,
  };
}

function spanOf({
  since = UNITS_MS.h,
  from,
  to,
  lastRun,
}: { [Name in "since" | "from" | "to"]: number | undefined } & { lastRun: true | undefined }): Span {
  if (lastRun) return { kind: "last-run" };
  if (from !== undefined) return { kind: "between", fromMs: from, toMs: to ?? null };
  if (to !== undefined) return { kind: "between", fromMs: to - since, toMs: to };
  return { kind: "since", sinceMs: since };
}

function parseSpan(text: string): number {
  const [, count, unit] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  if (count === undefined || Number(count) === 0) {
    throw new InvalidArgumentError("Write it as 30m, 6h or 7d.");
  }
  return Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
}

/** Parses a local time. */
function parseTime(text: string, now: Date): number {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  const isDate = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?$/.test(text);
  // A date alone would be read as UTC.
  const timeMs =
    hours === undefined
      ? Date.parse(text.length === 10 ? `${text}T00:00` : text.replace(" ", "T"))
      : new Date(now).setHours(Number(hours), Number(minutes), 0, 0);
  if (
    (!isDate && hours === undefined) ||
    Number(hours) > 23 ||
    Number(minutes) > 59 ||
    Number.isNaN(timeMs)
  ) {
    throw new InvalidArgumentError("Write it as 14:00 or 2026-01-31T14:00.");
  }
  return timeMs;
}
