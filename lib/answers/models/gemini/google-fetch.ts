import { AsyncLocalStorage } from "node:async_hooks";
import { fetchFromModel, HttpFailure } from "../http.ts";

/** The error class of Google's library, which passes on no others. */
type FetchErrorClass = new (message: string, status?: number) => Error;

/** Set while Google's library is at work for a model, to the class of the errors that it passes on. */
const callOfLibrary = new AsyncLocalStorage<FetchErrorClass>();

let isGuarded = false;

/**
 * Runs a call of Google's library with its requests treated as requests to a model: see `fetchFromModel`. The library
 * calls the global `fetch`, takes no other and no `redirect`, and drops the headers of a failed response. Requests of
 * everything else are left alone, whatever their address.
 */
export async function withGuardedFetch<T>(FetchError: FetchErrorClass, call: () => Promise<T>): Promise<T> {
  guardFetch();
  return await callOfLibrary.run(FetchError, call);
}

/** Replaces the global `fetch`, once. */
function guardFetch(): void {
  if (isGuarded) return;
  isGuarded = true;
  const original = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const FetchError = callOfLibrary.getStore();
    if (!FetchError) return await original(input, init);
    return await passingOn(FetchError, () => fetchFromModel(input, init, original));
  };
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
