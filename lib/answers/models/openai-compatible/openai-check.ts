import * as z from "zod";
import { type Clock, hideSecrets, OperatorError } from "../../../core/index.ts";
import { describeFailure, getJson } from "../check.ts";
import type { ModelCheckDeps, ModelSettings } from "../provider.ts";
import { oneLine } from "../quotable.ts";
import { OPENAI_BASE_URL } from "./openai-client.ts";
import { readErrorBody } from "./openai-error.ts";

/** How many of a server's models an error names. */
const NAMED_MODELS = 8;

/** Asks the server once for its models. See `Provider.check`. */
export async function checkOpenAiServer(
  settings: ModelSettings,
  { clock, logger }: ModelCheckDeps,
): Promise<void> {
  const { model, baseUrl = OPENAI_BASE_URL } = settings;
  try {
    const { status, body } = await get("models", settings, clock);
    const mistake = mistakeOf(status, body, settings);
    if (mistake) throw mistake;
    if (status !== 200) {
      logger.warn("The model's server could not list its models; the bot starts all the same", { status });
      return;
    }
    const listed = listedModels(body);
    if (isListed(model, listed) || (await get(`models/${model}`, settings, clock)).status !== 404) return;
    throw new OperatorError(
      `The server at ${baseUrl} knows no model "${model}". Set OPENAI_MODEL to one of its models${exampleOf(listed)}.`,
      { code: "OPENAI_MODEL_UNKNOWN" },
    );
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    const reason = describeFailure(error);
    logger.warn(`No model answers at ${baseUrl}; trying again with the first question`, { reason });
  }
}

/** The names of the server's models. See `Provider.list`. */
export async function listOpenAiModels(settings: ModelSettings, clock: Clock): Promise<readonly string[]> {
  const { baseUrl = OPENAI_BASE_URL } = settings;
  const { status, body } = await get("models", settings, clock).catch((error: unknown) => {
    throw new OperatorError(`Nothing answers at ${baseUrl}: ${describeFailure(error)}`, {
      code: "OPENAI_UNREACHABLE",
    });
  });
  const mistake = mistakeOf(status, body, settings);
  if (mistake) throw mistake;
  return listedModels(body).map(({ id }) => id);
}

async function get(
  path: string,
  { apiKey, baseUrl = OPENAI_BASE_URL }: ModelSettings,
  clock: Clock,
): Promise<{ status: number; body: unknown }> {
  const headers: Record<string, string> = apiKey ? { Authorization: `Bearer ${apiKey}` } : {};
  return await getJson(`${baseUrl.replace(/\/+$/, "")}/${path}`, headers, clock);
}

function mistakeOf(
  status: number,
  body: unknown,
  { apiKey, baseUrl = OPENAI_BASE_URL }: ModelSettings,
): OperatorError | undefined {
  const { message } = readErrorBody(body);
  const said = message === undefined ? "" : ` It says: ${hideSecrets(oneLine(message), [apiKey ?? ""])}`;
  if (status >= 300 && status < 400) {
    return new OperatorError(
      `OPENAI_BASE_URL (${baseUrl}) redirects to another address, and redirects are not followed. Set it to the final address.`,
      { code: "OPENAI_REDIRECTS" },
    );
  }
  if (status === 401 || status === 403) {
    const which = apiKey ? "refuses OPENAI_API_KEY" : "asks for a key: set OPENAI_API_KEY";
    return new OperatorError(`The server at ${baseUrl} ${which}.${said}`, { code: "OPENAI_KEY_REFUSED" });
  }
  if (status === 404) {
    return new OperatorError(
      `Nothing OpenAI-compatible is at ${baseUrl}. Most servers want an address that ends in /v1, such as http://127.0.0.1:11434/v1.`,
      { code: "OPENAI_BASE_URL_WRONG" },
    );
  }
  return undefined;
}

const modelList = z.object({ data: z.array(z.object({ id: z.string(), owned_by: z.string().nullish() })) });
type ListedModel = z.infer<typeof modelList>["data"][number];

function listedModels(body: unknown): ListedModel[] {
  return modelList.safeParse(body).data?.data ?? [];
}

/** llama.cpp answers by any name with the model it has loaded; Ollama lists `llama3.2` as `llama3.2:latest`. */
function isListed(model: string, listed: readonly ListedModel[]): boolean {
  if (listed.length === 0) return true; // a list of another shape
  if (listed.length === 1 && listed[0]?.owned_by === "llamacpp") return true;
  return listed.some(({ id }) => id === model || id === `${model}:latest`);
}

function exampleOf(listed: readonly ListedModel[]): string {
  const names = listed.slice(0, NAMED_MODELS).map(({ id }) => id);
  return names.length === 0 ? "" : `, such as ${names.join(", ")}`;
}
