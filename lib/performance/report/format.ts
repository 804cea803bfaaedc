const UNITS = [
  { name: "h", ms: 3_600_000 },
  { name: "min", ms: 60_000 },
  { name: "s", ms: 1000 },
  { name: "ms", ms: 1 },
] as const;

/** A duration in at most seven characters, such as `6.21 s`, `140 ms` or `85 µs`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 0.9995) return `${Math.round(durationMs * 1000)} µs`;
  // The largest unit of which it is one or more once rounded, so that 999.9 ms reads 1 s.
  const unit = UNITS.find(({ ms }) => durationMs >= ms * 0.9995) ?? UNITS[3];
  return `${threeDigits(durationMs / unit.ms)} ${unit.name}`;
}

/** A time span in whole units, such as `59 min`. */
export function formatSpan(spanMs: number): string {
  const seconds = Math.round(spanMs / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

/** A whole number in at most seven characters, such as `12,304` or `1.23 M`. */
export function formatCount(count: number): string {
  if (count < 1_000_000) return count.toLocaleString("en-US");
  return count < 1e9 ? `${threeDigits(count / 1e6)} M` : `${threeDigits(count / 1e9)} G`;
}

/** A count with its noun, such as `1 chat` or `12 chats`. */
export function formatCountOf(count: number, one: string, several: string): string {
  return `${formatCount(count)} ${count === 1 ? one : several}`;
}

/** A size, such as `54 MB`. */
export function formatBytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${threeDigits(bytes / 1e9)} GB`;
}

/** A share, such as `4.1 %`. */
export function formatShare(share: number): string {
  return `${threeDigits(share * 100)} %`;
}

/** Local time, such as `2026-01-31 18:05`. */
export function formatTime(timeMs: number): string {
  const at = new Date(timeMs);
  const date = [at.getFullYear(), twoDigits(at.getMonth() + 1), twoDigits(at.getDate())].join("-");
  return `${date} ${twoDigits(at.getHours())}:${twoDigits(at.getMinutes())}`;
}

/** Local time shortened relative to another time: without the year, and within a day without the date. */
export function formatTimeBeside(timeMs: number, otherMs: number): string {
  const isWithinDay = Math.abs(timeMs - otherMs) < 86_400_000;
  return formatTime(timeMs).slice(isWithinDay ? -5 : 5);
}

/** The text cut to the width. */
export function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
}

/** Joins as many words as fit the width; cuts a word only if it is the first. */
export function joinFitting(words: readonly string[], separator: string, width: number): string {
  const fitting = words.filter((_, place) => words.slice(0, place + 1).join(separator).length <= width);
  return fitting.length > 0 ? fitting.join(separator) : cut(words[0] ?? "", width);
}

/** Three significant digits, so that columns line up: 6.20, 62.1, 621. */
function threeDigits(value: number): string {
  return value >= 99.95 || value === 0 ? String(Math.round(value)) : value.toPrecision(3);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
