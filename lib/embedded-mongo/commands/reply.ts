import type { CommandError } from "../errors.ts";
import type { Reply } from "./context.ts";

/** A refusal as part of a reply. */
export function errorFields(error: CommandError): Reply {
  return { ...(error.details as Reply), code: error.number, codeName: error.codeName, errmsg: error.message };
}
