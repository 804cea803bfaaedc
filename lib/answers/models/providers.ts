import { type Clock, OperatorError } from "../../core/index.ts";
import { gemini } from "./gemini/index.ts";
import type { Model } from "./model.ts";
import { openAiCompatible } from "./openai-compatible/index.ts";
import type { ModelCheckDeps, ModelSettings, Provider } from "./provider.ts";

/** The providers, by the prefix of their settings. */
const PROVIDERS = { gemini, openai: openAiCompatible } satisfies Record<string, Provider>;

export type ProviderName = keyof typeof PROVIDERS;

/** A model as the operator set it up. */
export interface ModelSetup extends ModelSettings {
  provider: ProviderName;
}

/** Opens a model without asking its provider. */
export async function openModel({ provider, ...settings }: ModelSetup): Promise<Model> {
  return await PROVIDERS[provider].open(settings);
}

/** See `Provider.list`; none from a provider that does not list its models. */
export async function listModels(
  { provider, ...settings }: ModelSetup,
  clock: Clock,
): Promise<readonly string[]> {
  const { list }: Provider = PROVIDERS[provider];
  return (await list?.(settings, clock)) ?? [];
}

/** A usable model, or what the operator must mend before it is one. */
export type CheckedModel<Setup extends ModelSetup> =
  | { setup: Setup; model: Model }
  | { setup: Setup; problem: string };

/** Opens a model whose settings its provider has been asked about. A mistake in them is logged. */
export async function openCheckedModel<Setup extends ModelSetup>(
  setup: Setup,
  deps: ModelCheckDeps,
): Promise<CheckedModel<Setup>> {
  const provider = PROVIDERS[setup.provider];
  try {
    await provider.check(setup, deps);
    return { setup, model: await provider.open(setup) };
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    deps.logger.error(error.message);
    return { setup, problem: error.message };
  }
}
