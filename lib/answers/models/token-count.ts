import * as z from "zod";

/** A count of tokens as providers send it: a number, or digits in a string; anything else is unknown. */
export const tokenCount = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
  ])
  .refine((count) => Number.isFinite(count) && count >= 0)
  .optional()
  .catch(undefined);
