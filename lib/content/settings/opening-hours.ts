import * as z from "zod";

/** From the minute of the week at which it begins to the one at which it ends; Monday begins at 0. */
export interface OpenInterval {
  start: number;
  /** At most a day after `start`; beyond the week's end when it goes on into Monday. */
  end: number;
}

/** When the team talks to people. */
export interface OpeningHours {
  /** Such as `Europe/Paris`. */
  timeZone: string;
  intervals: readonly OpenInterval[];
}

const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
const DAY_MINUTES = 24 * 60;
const INTERVAL = /^([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-3]|24(?=:00)):([0-5]\d)$/;

const intervals = z
  .string()
  .refine(
    (text) => text.split(",").every((part) => INTERVAL.test(part.trim())),
    'must be hours such as "09:00-12:30, 14:00-18:00"',
  );

const timeZone = z.string().refine((name) => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name }).format();
    return true;
  } catch {
    return false;
  }
}, 'is not a time zone; write it like "Europe/Paris"');

/** `time_zone` and a line for each day on which the team is there. */
export const openingHoursSchema = z
  .strictObject({
    time_zone: timeZone,
    ...(Object.fromEntries(DAYS.map((day) => [day, intervals.optional()])) as Record<
      (typeof DAYS)[number],
      z.ZodOptional<typeof intervals>
    >),
  })
  .refine(
    (hours) => DAYS.some((day) => hours[day] !== undefined),
    'names no day; add one, such as "monday: 09:00-17:00"',
  )
  .transform(
    ({ time_zone, ...days }): OpeningHours => ({
      timeZone: time_zone,
      intervals: DAYS.flatMap((day, index) => intervalsOf(days[day], index * DAY_MINUTES)),
    }),
  );

function intervalsOf(text: string | undefined, dayStart: number): OpenInterval[] {
  if (text === undefined) return [];
  return text.split(",").map((part) => {
    const [, fromHour, fromMinute, toHour, toMinute] = INTERVAL.exec(part.trim()) ?? [];
    const start = dayStart + Number(fromHour) * 60 + Number(fromMinute);
    const end = dayStart + Number(toHour) * 60 + Number(toMinute);
    return { start, end: end > start ? end : end + DAY_MINUTES };
  });
}
