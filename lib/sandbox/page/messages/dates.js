/** Formats times and days in the browser's language and time zone. */

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long" });
const dayWithYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const DAY_MS = 86_400_000;

/**
 * The time of day of a Telegram date.
 * @param {number} seconds
 */
export function timeOf(seconds) {
  return clock.format(new Date(seconds * 1000));
}

/**
 * A key that two dates share exactly when they are on the same day.
 * @param {number} seconds
 */
export function dayKey(seconds) {
  return new Date(seconds * 1000).toDateString();
}

/**
 * "Today", "Yesterday", or the date.
 * @param {number} seconds
 */
export function dayName(seconds) {
  const date = new Date(seconds * 1000);
  const now = new Date();
  if (date.toDateString() === now.toDateString()) return "Today";
  if (date.toDateString() === new Date(now.getTime() - DAY_MS).toDateString()) return "Yesterday";
  return (date.getFullYear() === now.getFullYear() ? dayOfYear : dayWithYear).format(date);
}
