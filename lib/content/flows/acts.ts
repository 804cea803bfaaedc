import * as z from "zod";
import { nameSchema } from "../files/names.ts";
import type { LocalTextSchemas } from "../locales/local-text.ts";
import { profileField } from "./branches.ts";
import type { StepReader } from "./draft.ts";
import type { FlowAction } from "./flow.ts";

/** Creates the reader of a step that does something for the person. */
export function createActReader(texts: LocalTextSchemas): StepReader {
  const schemas = actSchemas(texts);
  const actionName = z.enum(Object.keys(schemas) as FlowAction["do"][]);
  return (document, place) => {
    const name = document.check([...place, "act"], actionName);
    const step = name && document.check(place, schemas[name]);
    return step && { kind: "act", action: step.action, next: step.next };
  };
}

function actSchemas(
  texts: LocalTextSchemas,
): Record<FlowAction["do"], z.ZodType<{ action: FlowAction; next: string }>> {
  const shape = { act: z.unknown(), next: nameSchema };
  const from = nameSchema.optional();
  return {
    save: z
      .strictObject({
        ...shape,
        field: profileField,
        from,
        value: z.string().trim().min(1).max(64).optional(),
      })
      .refine((step) => (step.from === undefined) !== (step.value === undefined), eitherFromOr("value"))
      .transform(({ field, from: answer, value: fixed, next }) => ({
        action: {
          do: "save",
          field,
          ...(answer === undefined ? {} : { from: answer }),
          ...(fixed === undefined ? {} : { value: fixed }),
        },
        next,
      })),
    ask: z
      .strictObject({ ...shape, from, question: texts.message().optional() })
      .refine((step) => (step.from === undefined) !== (step.question === undefined), eitherFromOr("question"))
      .transform(({ from: answer, question, next }) => ({
        action: {
          do: "ask",
          ...(answer === undefined ? {} : { from: answer }),
          ...(question === undefined ? {} : { question }),
        },
        next,
      })),
    topic: z
      .strictObject({ ...shape, from, topic: nameSchema.optional() })
      .refine((step) => (step.from === undefined) !== (step.topic === undefined), eitherFromOr("topic"))
      .transform(({ from: answer, topic, next }) => ({
        action: {
          do: "topic",
          ...(answer === undefined ? {} : { from: answer }),
          ...(topic === undefined ? {} : { topic }),
        },
        next,
      })),
    flow: z
      .strictObject({ ...shape, flow: nameSchema })
      .transform(({ flow, next }) => ({ action: { do: "flow", flow }, next })),
    "hand-over": z
      .strictObject({ ...shape, reason: texts.message().optional() })
      .transform(({ reason, next }) => ({
        action: { do: "hand-over", ...(reason === undefined ? {} : { reason }) },
        next,
      })),
  };
}

/** The message when both or neither of two keys are present. */
function eitherFromOr(other: string): string {
  return `needs either "from" (the name of an answer) or "${other}"`;
}
