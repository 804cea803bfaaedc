/** Times and days as a chat shows them, in the reader's own language and time zone. */

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long" });
const dayWithYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const DAY_MS = 86_400_000;

/** The time of day of a Telegram date (in seconds). */
export function timeOf(seconds) {
  return clock.format(new Date(seconds * 1000));
}

/** Something equal for two dates of the same day. */
export function dayKey(seconds) {
  return new Date(seconds * 1000).toDateString();
}

/** "Today", "Yesterday", or the date. */
export function dayName(seconds) {
  const date = new Date(seconds * 1000);
  const now = new Date();
  if (date.toDateString() === now.toDateString()) return "Today";
  if (date.toDateString() === new Date(now - DAY_MS).toDateString()) return "Yesterday";
  return (date.getFullYear() === now.getFullYear() ? dayOfYear : dayWithYear).format(date);
}
