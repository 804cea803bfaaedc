import { PROVIDERS, type SettingName, type SettingValues } from "./settings.ts";

/** One model: where it is, and what the operator allows of it. */
export interface ModelConfig {
  provider: ProviderName;
  apiKey: string | undefined;
  baseUrl: string | undefined;
  model: string;
  embeddingModel: string | undefined;
  /** Files it reads besides text; undefined where the provider knows. */
  input: readonly ("image" | "audio" | "pdf")[] | undefined;
  /** Tokens, or a word for them; undefined: the model's own default. */
  thinking: number | string | undefined;
  limits: {
    maxConcurrent: number;
    requestsPerMinute: number | undefined;
    tokensPerMinute: number | undefined;
    requestsPerDay: number | undefined;
  };
}

type ProviderName = (typeof PROVIDERS)[number];

/** The setting without which a provider's model is not used. */
const REQUIRED = {
  gemini: "GEMINI_API_KEY",
  openai: "OPENAI_MODEL",
} as const satisfies Record<ProviderName, SettingName>;

/** The models that are set up, in the order in which they are asked. */
export function modelsOf(settings: SettingValues): ModelConfig[] {
  const order = settings.MODELS ?? PROVIDERS;
  return order.flatMap((provider) => (isSetUp(provider, settings) ? READERS[provider](settings) : []));
}

/** The first model with embeddings, or the one that `EMBEDDINGS` names. */
export function embeddingsOf(settings: SettingValues): ModelConfig | undefined {
  const { EMBEDDINGS: chosen } = settings;
  return modelsOf(settings).find(
    ({ provider, embeddingModel }) =>
      embeddingModel !== undefined && (chosen === undefined || chosen === provider),
  );
}

/** What is wrong with the settings of models, taken together. */
export function modelProblems(settings: SettingValues): string[] {
  const { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: key, OPENAI_MODEL: model } = settings;
  return [
    ...(baseUrl !== undefined && model === undefined
      ? ["OPENAI_MODEL is required with OPENAI_BASE_URL: the name of a model of that server"]
      : []),
    ...(model !== undefined && baseUrl === undefined && key === undefined
      ? [
          "OPENAI_MODEL needs OPENAI_BASE_URL, such as http://127.0.0.1:11434/v1, or the OPENAI_API_KEY of OpenAI",
        ]
      : []),
    ...(settings.MODELS ?? [])
      .filter((provider) => !isSetUp(provider, settings))
      .map((provider) => `MODELS names ${provider}, but ${REQUIRED[provider]} is not set`),
    ...embeddingProblems(settings),
  ];
}

function embeddingProblems(settings: SettingValues): string[] {
  const { EMBEDDINGS: chosen } = settings;
  if (chosen === undefined || chosen === "off" || embeddingsOf(settings) !== undefined) return [];
  const needed = [REQUIRED[chosen], ...(chosen === "openai" ? ["OPENAI_EMBEDDING_MODEL"] : [])];
  return [
    `EMBEDDINGS names ${chosen}, which needs ${needed.join(" and ")}, and a place in MODELS if that is set`,
  ];
}

function isSetUp(provider: ProviderName, settings: SettingValues): boolean {
  return settings[REQUIRED[provider]] !== undefined;
}

const READERS: Record<ProviderName, (settings: SettingValues) => ModelConfig> = {
  gemini: (settings) => ({
    provider: "gemini",
    apiKey: settings.GEMINI_API_KEY,
    baseUrl: settings.GEMINI_BASE_URL,
    model: settings.GEMINI_MODEL,
    embeddingModel: settings.GEMINI_EMBEDDING_MODEL,
    input: undefined,
    thinking: settings.GEMINI_THINKING_BUDGET,
    limits: {
      maxConcurrent: settings.GEMINI_MAX_CONCURRENT,
      requestsPerMinute: settings.GEMINI_RPM,
      tokensPerMinute: settings.GEMINI_TPM,
      requestsPerDay: settings.GEMINI_RPD,
    },
  }),
  openai: (settings) => ({
    provider: "openai",
    apiKey: settings.OPENAI_API_KEY,
    baseUrl: settings.OPENAI_BASE_URL,
    model: settings.OPENAI_MODEL ?? "",
    embeddingModel: settings.OPENAI_EMBEDDING_MODEL,
    input: settings.OPENAI_INPUT,
    thinking: settings.OPENAI_REASONING_EFFORT,
    limits: {
      maxConcurrent: settings.OPENAI_MAX_CONCURRENT,
      requestsPerMinute: settings.OPENAI_RPM,
      tokensPerMinute: settings.OPENAI_TPM,
      requestsPerDay: settings.OPENAI_RPD,
    },
  }),
};
