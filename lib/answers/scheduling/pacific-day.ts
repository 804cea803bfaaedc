/** Google's daily quotas reset at midnight Pacific time: https://ai.google.dev/gemini-api/docs/rate-limits */
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

/** The day in California, such as `2026-11-22`, of a time in epoch milliseconds. Its first seven letters are the month. */
export function pacificDay(at: number): string {
  return new Date(wallTime(at)).toISOString().slice(0, 10);
}

/** When that day ends: the next midnight there, in epoch milliseconds. A day may have 23 or 25 hours. */
export function pacificDayEnd(at: number): number {
  const wall = new Date(wallTime(at));
  const midnight = Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate() + 1);
  // Clocks change at two in the morning, so a time within an hour of midnight has midnight's offset.
  const nearby = midnight - offsetMs(at);
  return midnight - offsetMs(nearby);
}

/** Pacific time's offset from UTC in milliseconds, below zero. */
function offsetMs(at: number): number {
  return wallTime(at) - Math.floor(at / 1000) * 1000;
}

/** Pacific wall time read as if it were UTC: epoch milliseconds in whole seconds. */
function wallTime(at: number): number {
  const shown: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of wallClock.formatToParts(at)) shown[type] = Number(value);
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
