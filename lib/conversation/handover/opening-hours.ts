import type { OpeningHours } from "../../content/index.ts";

const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/** A Monday, to name the days of any week after. */
const SOME_MONDAY = Date.UTC(2024, 0, 1);

/** Whether the team is there at a time (epoch milliseconds); without hours it always is. */
export function isOpenAt(hours: OpeningHours | undefined, at: number): boolean {
  if (!hours) return true;
  const now = minuteOfWeek(at, hours.timeZone);
  return hours.intervals.some(({ start, end }) => (now - start + WEEK_MINUTES) % WEEK_MINUTES < end - start);
}

/** When the team is there next, such as "Monday 09:00"; undefined when it never is. */
export function nextOpening(
  { intervals, timeZone }: OpeningHours,
  at: number,
  language: string,
): string | undefined {
  const now = minuteOfWeek(at, timeZone);
  const waits = intervals.map(({ start }) => (start - now + WEEK_MINUTES) % WEEK_MINUTES);
  if (waits.length === 0) return undefined;
  const minute = now + Math.min(...waits);
  const time = new Date(SOME_MONDAY + minute * 60_000);
  const format = { weekday: "long", hour: "2-digit", minute: "2-digit", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(language, { ...format, hourCycle: "h23" }).format(time);
}

function minuteOfWeek(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(at);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? "";
  return WEEKDAYS.indexOf(part("weekday")) * DAY_MINUTES + Number(part("hour")) * 60 + Number(part("minute"));
}
