import type { CommandError } from "../errors.ts";
import type { Reply } from "./context.ts";

/** The fields of a reply that report an error. */
export function errorFields(error: CommandError): Reply {
  return { ...(error.details as Reply), code: error.number, codeName: error.codeName, errmsg: error.message };
}
