import { fetchFromModel, HttpFailure } from "../http.ts";

/** The error class of Google's library, which passes on no others. */
type FetchErrorClass = new (message: string, status?: number) => Error;

/** The addresses of Gemini in use; undefined until the first. */
let guarded: Set<string> | undefined;

/**
 * Makes the global `fetch` treat requests to this address as requests to a model: see `fetchFromModel`. Google's library
 * calls the global `fetch`, takes no other and no `redirect`, and drops the headers of a failed response. Requests to
 * other addresses are left alone.
 */
export function guardFetch(baseUrl: string, FetchError: FetchErrorClass): void {
  if (!guarded) {
    const addresses = new Set<string>();
    const original = globalThis.fetch;
    globalThis.fetch = async (input, init) =>
      addresses.has(originOf(input))
        ? await passingOn(FetchError, () => fetchFromModel(input, init, original))
        : await original(input, init);
    guarded = addresses;
  }
  guarded.add(new URL(baseUrl).origin);
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

function originOf(input: Parameters<typeof fetch>[0]): string {
  return new URL(input instanceof Request ? input.url : input).origin;
}
