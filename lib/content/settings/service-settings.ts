import * as z from "zod";

/** What a button of the menu does. */
export const MENU_ITEMS = ["ask", "topics", "settings", "new", "help", "leave"] as const;
export type MenuItem = (typeof MENU_ITEMS)[number];

/** How the bot serves people: limits, feedback, how long things are kept, money, alerts, menu. */
export interface ServiceSettings {
  limits: {
    /** Of one person; more are answered with a kind sentence. */
    messagesPerMinute: number;
    questionsPerDay: number;
    /** The files of one question together, in megabytes of 1024². Gemini takes 14; Telegram hands a bot 20 at most. */
    incomingFileMb: number;
  };
  feedback: {
    /** After which of a person's questions a rating is offered, rising; after the last one, at every doubling of it. */
    milestones: number[];
    /** Whether thumbs stand under each answer. */
    thumbs: boolean;
  };
  /** After how many days stored things age out. */
  retention: { messagesDays: number; mediaDays: number; feedbackDays: number };
  cache: {
    /** How long the answer to a common question is given again; 0: never. */
    answersDays: number;
  };
  budget: {
    /** In `currency`; without it there is none. */
    monthly?: number;
    /** A currency code such as `EUR`. */
    currency: string;
    inputPerMillionTokens: number;
    outputPerMillionTokens: number;
  };
  /** What is out of the ordinary, and told to the operators. */
  alerts: { answerP95Ms: number /** 0 to 1 */; errorRate: number; inboxAgeMs: number };
  /** The flow new people are led through. */
  onboarding?: string;
  /** The rows of the reply keyboard. */
  menu: MenuItem[][];
}

const wholeNumber = (min: number, max: number) => z.int().min(min).max(max);
const amount = z.number().min(0).max(1_000_000);

/** The longest that anything is kept. */
const TEN_YEARS_DAYS = 3650;
const days = (min: number) => wholeNumber(min, TEN_YEARS_DAYS);

/** As an operator writes it; each setting left out has its default. */
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
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/, "must be a currency code such as EUR")
        .default("USD"),
      input_per_million_tokens: amount.default(0),
      output_per_million_tokens: amount.default(0),
    })
    .prefault({}),
  alerts: z
    .strictObject({
      answer_p95_ms: wholeNumber(1, 600_000).default(20_000),
      error_rate: z.number().min(0).max(1).default(0.05),
      inbox_age_ms: wholeNumber(1, 3_600_000).default(60_000),
    })
    .prefault({}),
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

/** The settings under the names the program uses. */
export function toServiceSettings(written: z.output<typeof schema>): ServiceSettings {
  const { limits, feedback, retention, cache, budget, alerts, onboarding, menu } = written;
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
      ...(budget.monthly === undefined ? {} : { monthly: budget.monthly }),
      currency: budget.currency,
      inputPerMillionTokens: budget.input_per_million_tokens,
      outputPerMillionTokens: budget.output_per_million_tokens,
    },
    alerts: {
      answerP95Ms: alerts.answer_p95_ms,
      errorRate: alerts.error_rate,
      inboxAgeMs: alerts.inbox_age_ms,
    },
    ...(onboarding === undefined ? {} : { onboarding }),
    menu,
  };
}
