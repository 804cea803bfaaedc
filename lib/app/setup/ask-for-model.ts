import { listModels, openCheckedModel } from "../../answers/index.ts";
import type { Config, Environment, SettingChanges } from "../../config/index.ts";
import { type LogFields, OperatorError } from "../../core/index.ts";
import { askFor, type Checked, type SetupDeps } from "./ask-for-setting.ts";

/** The name of the model while only the address and the key of its server are known. */
const NOT_CHOSEN = "not-chosen";

/** How many of a server's models are named. */
const NAMED_MODELS = 8;

const CHOICES = `
What should answer?
  1  Gemini, with a key of Google AI Studio
  2  a model of your own, or of another service that speaks OpenAI's API: Ollama, llama.cpp, vLLM, OpenRouter, OpenAI …
  3  the library only: no question leaves this machine`;

/** Asks for Gemini, an OpenAI-compatible model or none, and checks each answer at once. */
export async function askForModel(deps: SetupDeps): Promise<SettingChanges> {
  const { terminal, environment } = deps;
  const preset = environment.GEMINI_API_KEY ? "1" : environment.OPENAI_MODEL ? "2" : "3";
  for (;;) {
    const choice = (await terminal.ask(`${CHOICES}\n  (Enter: ${preset}) > `)) || preset;
    if (choice === "1") return await askForGemini(deps);
    if (choice === "2") return await askForServer(deps);
    if (choice === "3") return withoutModels(deps);
    terminal.say("  ✘ Type 1, 2 or 3.");
  }
}

async function askForGemini(deps: SetupDeps): Promise<SettingChanges> {
  return await askFor("GEMINI_API_KEY", {
    ...deps,
    question: "A key for Gemini, from https://aistudio.google.com/apikey",
    without: "answers come from the library",
    check: (config) => checkModels(config, deps),
  });
}

/** Asks for the address, then the key, then the name, as each check needs those before. */
async function askForServer(deps: SetupDeps): Promise<SettingChanges> {
  const { terminal } = deps;
  const chosen = deps.environment.OPENAI_MODEL || undefined;
  let known: SetupDeps = {
    ...deps,
    // The key may be needed for the models' names; OpenAI's own address needs one in any case.
    environment: { ...deps.environment, OPENAI_MODEL: chosen ?? NOT_CHOSEN },
  };
  const address = await askFor("OPENAI_BASE_URL", {
    ...known,
    question:
      "The address of its API, such as http://127.0.0.1:11434/v1 for Ollama (docs/models.md has others)",
    without: "OpenAI's own",
    check: (config) => checkServer(config, known),
  });
  known = { ...known, environment: withChanges(known.environment, address) };
  const key = await askFor("OPENAI_API_KEY", {
    ...known,
    question: "Its key, if it asks for one",
    without: "none is sent",
    check: (config) => checkServer(config, known),
  });
  const model = await askFor("OPENAI_MODEL", {
    ...deps,
    environment: withChanges(deps.environment, { ...address, ...key }),
    question: "The name of the model",
    without: "no model is used",
    check: (config) => checkModels(config, deps),
  });
  if (chosen !== undefined || Object.keys(model).length > 0) return { ...address, ...key, ...model };
  terminal.say("  Without a name no model is used: answers come from the library.");
  return {};
}

/** Removes what sets a model up. */
function withoutModels({ environment, terminal }: SetupDeps): SettingChanges {
  const names = (
    ["MODELS", "EMBEDDINGS", "GEMINI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"] as const
  ).filter((name) => environment[name]);
  terminal.say("  ✔ Answers come from the library.");
  return Object.fromEntries(names.map((name) => [name, null]));
}

function withChanges(environment: Environment, changes: SettingChanges): Environment {
  const written = Object.entries(changes).map(([name, value]) => [name, value ?? undefined]);
  return { ...environment, ...Object.fromEntries(written) };
}

/** Whether a server answers, and to this key. */
async function checkServer({ models }: Config, { clock }: SetupDeps): Promise<Checked> {
  const setup = models.find(({ provider }) => provider === "openai");
  if (!setup) return { isRight: true, said: "" };
  try {
    const names = await listModels(setup, clock);
    const some = names.slice(0, NAMED_MODELS).join(", ");
    const left = names.length > NAMED_MODELS ? ` and ${names.length - NAMED_MODELS} more` : "";
    return {
      isRight: true,
      said: names.length === 0 ? "The server answers." : `The server answers. Its models: ${some}${left}.`,
    };
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    const isKeyToCome = error.code === "OPENAI_KEY_REFUSED" && !setup.apiKey;
    return isKeyToCome
      ? { isRight: true, said: "The server answers, and asks for a key." }
      : { isRight: false, said: error.message };
  }
}

/** Whether each model that is set up can be used. */
async function checkModels({ models }: Config, { clock }: SetupDeps): Promise<Checked> {
  const warnings: string[] = [];
  const warn = (message: string, { reason, status }: LogFields = {}): void => {
    warnings.push(`${message} (${String(reason ?? status)})`);
  };
  for (const setup of models) {
    const checked = await openCheckedModel(setup, {
      clock,
      logger: { error() {}, warn, info() {}, debug() {} },
    });
    const said = "problem" in checked ? checked.problem : warnings[0];
    if (said !== undefined) return { isRight: false, said };
  }
  return { isRight: true, said: `The model ${models.map(({ model }) => model).join(" and ")} can be used.` };
}
