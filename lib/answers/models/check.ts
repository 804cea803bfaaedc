import { type Clock, errorCode, errorMessage, withDeadline } from "../../core/index.ts";
import { failureBehind, fetchFromModel } from "./http.ts";

/** How long a check of the settings may take. */
const CHECK_MS = 10_000;

/** Reads a page of a provider's API, whatever its status. @throws when there is no response in time */
export async function getJson(
  url: string,
  headers: Record<string, string>,
  clock: Clock,
): Promise<{ status: number; body: unknown }> {
  return await withDeadline(clock, CHECK_MS, undefined, async (signal) => {
    try {
      const response = await fetchFromModel(url, { headers, signal });
      return { status: response.status, body: await response.json().catch(() => undefined) };
    } catch (error) {
      const failure = failureBehind(error);
      if (failure) return failure;
      throw error;
    }
  });
}

/** `fetch` puts the reason (such as ECONNREFUSED) into its error's cause. */
export function describeFailure(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? `: ${errorCode(error.cause)}` : "";
  return `${errorMessage(error)}${cause}`;
}
