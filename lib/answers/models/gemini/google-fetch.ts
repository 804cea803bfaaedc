import { fetchFromModel, HttpFailure } from "../http.ts";

/** The error class of Google's library, which passes on no others. */
type FetchErrorClass = new (message: string, status?: number) => Error;

/** What Google's library puts between the base URL and a model. */
const API_VERSION = "v1beta";

/** The beginnings of the addresses of Gemini in use; undefined until the first. */
let guarded: Set<string> | undefined;

/**
 * Makes the global `fetch` treat requests to the models at this address as requests to a model: see `fetchFromModel`.
 * Google's library calls the global `fetch`, takes no other and no `redirect`, and drops the headers of a failed
 * response. All other requests are left alone.
 */
export function guardFetch(baseUrl: string, FetchError: FetchErrorClass): void {
  if (!guarded) {
    const beginnings = new Set<string>();
    const original = globalThis.fetch;
    globalThis.fetch = async (input, init) => {
      const address = addressOf(input);
      const isGuarded = [...beginnings].some((beginning) => address.startsWith(beginning));
      if (!isGuarded) return await original(input, init);
      return await passingOn(FetchError, () => fetchFromModel(input, init, original));
    };
    guarded = beginnings;
  }
  guarded.add(new URL(`${baseUrl}/${API_VERSION}/`).href);
}

async function passingOn(FetchError: FetchErrorClass, call: () => Promise<Response>): Promise<Response> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    const passedOn = new FetchError(error.message, error.status);
    passedOn.cause = error;
    throw passedOn;
  }
}

function addressOf(input: Parameters<typeof fetch>[0]): string {
  return new URL(input instanceof Request ? input.url : input).href;
}
