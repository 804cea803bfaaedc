import { InvalidArgumentError } from "commander";

/** Parses an argument that is a whole number above 0. @throws InvalidArgumentError for anything else. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("Give a whole number above 0.");
  return value;
}

/** Parses an argument that is a whole number or 0. @throws InvalidArgumentError for anything else. */
export function wholeNumberOrZero(text: string): number {
  return text.trim() === "0" ? 0 : wholeNumber(text);
}

/** Parses an argument that is a number above 0. @throws InvalidArgumentError for anything else. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError("Give a number above 0.");
  return value;
}
