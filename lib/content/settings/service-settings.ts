import * as z from "zod";
import { phrase, unknownGroups } from "../phrases.ts";
import { type OpeningHours, openingHoursSchema } from "./opening-hours.ts";

/** The buttons of the menu, by what they do. */
export const MENU_ITEMS = ["ask", "topics", "settings", "new", "help", "leave", "person"] as const;
export type MenuItem = (typeof MENU_ITEMS)[number];

/** What a model may cost in a month, and its prices. */
export interface ModelPrices {
  monthly?: number;
  inputPerMillionTokens: number;
  outputPerMillionTokens: number;
}

/** The optional settings: limits, feedback, retention, budget, alerts, menu. */
export interface ServiceSettings {
  limits: {
    /** For one person; when it is exceeded, the bot asks them to slow down. */
    messagesPerMinute: number;
    questionsPerDay: number;
    /** For all files of one question, in MiB. Gemini accepts 14, Telegram lets bots download 20. */
    incomingFileMb: number;
  };
  feedback: {
    /** The question counts, ascending, after which a rating is offered; after the last one, at each doubling of it. */
    milestones: number[];
    /** Whether answers have thumbs buttons. */
    thumbs: boolean;
  };
  /** The days after which stored data is deleted. */
  retention: { messagesDays: number; mediaDays: number; feedbackDays: number };
  cache: {
    /** How long the answer to a common question is reused; 0: never. */
    answersDays: number;
  };
  budget: {
    /** In `currency`; unlimited if unset. */
    monthly?: number;
    /** What the questions of one person may cost within a day, in `currency`; unlimited if unset. */
    perPersonDaily?: number;
    /** A currency code such as `EUR`. */
    currency: string;
    inputPerMillionTokens: number;
    outputPerMillionTokens: number;
    /** Prices and limits of single models, by provider, in place of the above. */
    models: Record<string, ModelPrices>;
  };
  models: {
    /** Models, or providers such as `openai`, that may answer people who said they are under 18. */
    underAge: string[];
  };
  /** The thresholds for alerts to the operators; `errorRate` is between 0 and 1. */
  alerts: { answerP95Ms: number; errorRate: number; inboxAgeMs: number };
  /** The id of the flow that new people begin with. */
  onboarding?: string;
  /** How people ask for a person, by language, and when one is there; always if unset. */
  person: { phrases: Record<string, string[]>; hours?: OpeningHours };
  /** How people give thanks, by language: no question then. */
  smallTalk: { thanks: Record<string, string[]> };
  /** The rows of the reply keyboard. */
  menu: MenuItem[][];
}

const wholeNumber = (min: number, max: number) => z.int().min(min).max(max);
const amount = z.number().min(0).max(1_000_000);

const TEN_YEARS_DAYS = 3650;
const days = (min: number) => wholeNumber(min, TEN_YEARS_DAYS);

/** Phrases by language, written like those of the risk rules, but without their groups of words. */
const phrases = z
  .record(
    z.string(),
    z
      .array(
        phrase.refine(
          (text) => unknownGroups([text], {}).length === 0,
          "uses a group of words, which only risk/ has; write the words themselves",
        ),
      )
      .max(100),
  )
  .default({});

/** The settings as written in YAML, with their defaults. */
export const serviceShape = {
  limits: z
    .strictObject({
      messages_per_minute: wholeNumber(1, 1000).default(20),
      questions_per_day: wholeNumber(1, 100_000).default(200),
      incoming_file_mb: wholeNumber(1, 14).default(14),
    })
    .prefault({}),
  feedback: z
    .strictObject({
      milestones: z
        .array(wholeNumber(1, 1_000_000))
        .refine(
          (steps) => steps.every((step, index) => step > (steps[index - 1] ?? 0)),
          "must rise from one number to the next",
        )
        .default([5, 10, 20, 40]),
      thumbs: z.boolean().default(true),
    })
    .prefault({}),
  retention: z
    .strictObject({
      messages_days: days(1).default(365),
      media_days: days(1).default(30),
      feedback_days: days(1).default(730),
    })
    .prefault({}),
  cache: z.strictObject({ answers_days: days(0).default(7) }).prefault({}),
  budget: z
    .strictObject({
      monthly: amount.optional(),
      per_person_daily: amount.optional(),
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/, "must be a currency code such as EUR")
        .default("USD"),
      input_per_million_tokens: amount.default(0),
      output_per_million_tokens: amount.default(0),
      models: z
        .record(
          z.string(),
          z.strictObject({
            monthly: amount.optional(),
            input_per_million_tokens: amount.default(0),
            output_per_million_tokens: amount.default(0),
          }),
        )
        .default({}),
    })
    .prefault({}),
  models: z
    .preprocess(
      (written) => {
        if (typeof written !== "object" || written === null || !("underAge" in written)) return written;
        const { underAge: under_age, ...rest } = written;
        return { under_age, ...rest };
      },
      z.strictObject({ under_age: z.array(z.string().trim().min(1)).default([]) }),
    )
    .prefault({}),
  alerts: z
    .strictObject({
      answer_p95_ms: wholeNumber(1, 600_000).default(20_000),
      error_rate: z.number().min(0).max(1).default(0.05),
      inbox_age_ms: wholeNumber(1, 3_600_000).default(60_000),
    })
    .prefault({}),
  person: z
    .strictObject({
      phrases,
      hours: openingHoursSchema.optional(),
    })
    .prefault({}),
  small_talk: z.strictObject({ thanks: phrases }).prefault({}),
  onboarding: z.string().trim().min(1).optional(),
  menu: z
    .array(z.array(z.enum(MENU_ITEMS)).min(1).max(4))
    .max(6)
    .refine((rows) => new Set(rows.flat()).size === rows.flat().length, "has the same button twice")
    .default([
      ["ask", "topics"],
      ["settings", "new"],
      ["help", "leave"],
    ]),
};

const schema = z.strictObject(serviceShape);

/** Renames the settings to those of `ServiceSettings`. */
export function toServiceSettings(written: z.output<typeof schema>): ServiceSettings {
  const { limits, feedback, retention, cache, budget, models, alerts, person, small_talk, onboarding, menu } =
    written;
  return {
    limits: {
      messagesPerMinute: limits.messages_per_minute,
      questionsPerDay: limits.questions_per_day,
      incomingFileMb: limits.incoming_file_mb,
    },
    feedback,
    retention: {
      messagesDays: retention.messages_days,
      mediaDays: retention.media_days,
      feedbackDays: retention.feedback_days,
    },
    cache: { answersDays: cache.answers_days },
    budget: {
      ...toPrices(budget),
      ...(budget.per_person_daily === undefined ? {} : { perPersonDaily: budget.per_person_daily }),
      currency: budget.currency,
      models: Object.fromEntries(
        Object.entries(budget.models).map(([provider, prices]) => [provider, toPrices(prices)]),
      ),
    },
    models: { underAge: models.under_age },
    alerts: {
      answerP95Ms: alerts.answer_p95_ms,
      errorRate: alerts.error_rate,
      inboxAgeMs: alerts.inbox_age_ms,
    },
    person: {
      phrases: person.phrases,
      ...(person.hours === undefined ? {} : { hours: person.hours }),
    },
    smallTalk: small_talk,
    ...(onboarding === undefined ? {} : { onboarding }),
    menu,
  };
}

function toPrices(written: {
  monthly?: number | undefined;
  input_per_million_tokens: number;
  output_per_million_tokens: number;
}): ModelPrices {
  return {
    ...(written.monthly === undefined ? {} : { monthly: written.monthly }),
    inputPerMillionTokens: written.input_per_million_tokens,
    outputPerMillionTokens: written.output_per_million_tokens,
  };
}
