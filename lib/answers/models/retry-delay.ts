import * as z from "zod";

/** A delay in words: `34s`, `34.07s`, `1m12.5s`, `850ms`, `1h2m`, `PT34S`, or plain seconds. */
const DELAY =
  /^\s*(?:PT)?(?:(?<hours>\d+(?:\.\d+)?)h)?\s*(?:(?<minutes>\d+(?:\.\d+)?)m(?!s))?\s*(?:(?<seconds>\d+(?:\.\d+)?)(?:s|(?=\s*$)))?\s*(?:(?<millis>\d+(?:\.\d+)?)ms)?\s*$/i;

/** Where a sentence names a delay: "Please retry in 34.07s", "Please try again in 1m12s." */
const NAMED =
  /\b(?:retry|try again)\s+(?:in|after)\s+(?<delay>\d[\d.]*\s?(?:ms|[hms])(?:[\d.]+(?:ms|[hms]))*)/i;

/** Google's Duration as an object; 64-bit numbers may come as strings. */
const duration = z.object({ seconds: z.coerce.number().default(0), nanos: z.coerce.number().default(0) });

/** No provider means a longer one; a date far ahead comes from a wrong clock. */
const MAX_MS = 48 * 3_600_000;

/**
 * Reads a delay in any form that providers write it in: see `DELAY`, a number of seconds, Google's Duration object, or
 * the date of a `Retry-After` header.
 * @param nowMs what a date is counted from, by the provider's clock; NaN for this machine's
 * @returns milliseconds, or undefined when it is none
 */
export function delayMs(value: unknown, nowMs = Number.NaN): number | undefined {
  if (typeof value === "number") return plausible(value * 1_000);
  if (typeof value !== "string") {
    const { data } = duration.safeParse(value);
    return value && data ? plausible(data.seconds * 1_000 + data.nanos / 1e6) : undefined;
  }
  const parts = value.trim() === "" ? undefined : DELAY.exec(value)?.groups;
  if (!parts) {
    const date = /\d{4}/.test(value) ? Date.parse(value) : Number.NaN;
    return plausible(date - (Number.isNaN(nowMs) ? Date.now() : nowMs));
  }
  const { hours = 0, minutes = 0, seconds = 0, millis = 0 } = parts;
  return plausible(
    Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1_000 + Number(millis),
  );
}

/** The delay that a provider's sentence names, in milliseconds. */
export function delayNamedIn(sentence: string | undefined): number | undefined {
  const named = NAMED.exec(sentence ?? "")?.groups?.delay;
  return named === undefined ? undefined : delayMs(named.replaceAll(/\s/g, ""));
}

function plausible(ms: number): number | undefined {
  return Number.isFinite(ms) && ms >= 0 ? Math.min(Math.ceil(ms), MAX_MS) : undefined;
}
