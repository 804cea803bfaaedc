/** Google counts its days by California's clocks: https://ai.google.dev/gemini-api/docs/rate-limits */
const wallClock = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/Los_Angeles",
  hourCycle: "h23",
  year: "numeric",
  month: "numeric",
  day: "numeric",
  hour: "numeric",
  minute: "numeric",
  second: "numeric",
});

/** The day at Google's, such as `2026-11-22`, for a time in epoch milliseconds. Its first seven letters are the month. */
export function pacificDay(at: number): string {
  return new Date(wallTime(at)).toISOString().slice(0, 10);
}

/** When the day of `at` ends there: the next midnight, in epoch milliseconds; a day may have 23 or 25 hours. */
export function pacificDayEnd(at: number): number {
  const wall = new Date(wallTime(at));
  const midnight = Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate() + 1);
  // The clocks change at two in the morning, so an hour off is near enough to learn the offset at midnight.
  const nearby = midnight - offsetMs(at);
  return midnight - offsetMs(nearby);
}

/** How far the clocks there are ahead of UTC, in milliseconds: below zero. */
function offsetMs(at: number): number {
  return wallTime(at) - Math.floor(at / 1000) * 1000;
}

/** What the clocks there show, as if it were UTC, in whole seconds of epoch milliseconds. */
function wallTime(at: number): number {
  const shown: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of wallClock.formatToParts(at)) shown[type] = Number(value);
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
