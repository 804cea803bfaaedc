import * as z from "zod";
import { nameSchema } from "../files/names.ts";
import { type Condition, type FlowNode, PROFILE_FIELDS, type ProfileField } from "./flow.ts";

/** The fields of the profile as written in YAML. */
const WRITTEN_FIELDS = PROFILE_FIELDS.map((field) => (field === "ageGroup" ? "age_group" : field));
/** A field of the profile. */
export const profileField = z
  .enum(WRITTEN_FIELDS)
  .transform((field): ProfileField => (field === "age_group" ? "ageGroup" : field));

const value = z.union([z.string(), z.number()], "must be a text or a number");

const conditionSchema = z
  .strictObject({
    profile: profileField.optional(),
    answer: nameSchema.optional(),
    is: value.optional(),
    one_of: z.array(value).min(1).optional(),
    known: z.boolean().optional(),
    at_least: z.number().optional(),
    at_most: z.number().optional(),
    team: z.boolean().optional(),
  })
  .transform(({ team, profile, answer, is, one_of, known, at_least, at_most }, context): Condition => {
    const tests = [
      ...(is === undefined ? [] : [{ is }]),
      ...(one_of === undefined ? [] : [{ oneOf: one_of }]),
      ...(known === undefined ? [] : [{ isKnown: known }]),
      ...(at_least === undefined ? [] : [{ atLeast: at_least }]),
      ...(at_most === undefined ? [] : [{ atMost: at_most }]),
    ];
    if (team !== undefined) {
      if (profile === undefined && answer === undefined && tests.length === 0) return { hasTeam: team };
      context.addIssue({ code: "custom", message: 'looks at the "team", and so at nothing else' });
      return z.NEVER;
    }
    const subject = profile === undefined ? answer && { answer } : { profile };
    const [test, second] = tests;
    if (!subject || (profile && answer))
      context.addIssue({ code: "custom", message: 'must look at either a "profile" or an "answer"' });
    if (!test || second)
      context.addIssue({
        code: "custom",
        message: "needs exactly one of is, one_of, known, at_least, at_most",
      });
    return subject && test ? { ...subject, ...test } : z.NEVER;
  });

/** A step that leads to one of several others. */
export const branchSchema: z.ZodType<FlowNode> = z
  .strictObject({
    branch: z.array(z.strictObject({ when: conditionSchema, next: nameSchema })).min(1),
    otherwise: nameSchema,
  })
  .transform(({ branch, otherwise }) => ({ kind: "branch", cases: branch, otherwise }));
