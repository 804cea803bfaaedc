import type { Encodable } from "../../bson/encode.ts";
import type { Document } from "../../bson/values.ts";
import { CommandError } from "../../errors.ts";
import type { Reply, ServerContext } from "../context.ts";
import { errorFields } from "../reply.ts";

/**
 * Executes one statement of a batch. What takes long is not begun but returned, to be done outside the transaction.
 * @throws CommandError
 */
export type Execute = (statement: Document, index: number) => (() => Promise<void>) | undefined;

/**
 * Executes the statements of a batch in order and collects their errors; an ordered batch ends at the first. Those that
 * fit into a slice of time share a transaction, begun by `begin`.
 */
export async function runStatements(
  server: ServerContext,
  { statements, ordered }: { statements: readonly Document[]; ordered: boolean },
  begin: () => Execute,
): Promise<Reply> {
  const writeErrors: Encodable[] = [];
  let at = 0;
  const fail = (error: unknown): void => {
    if (!(error instanceof CommandError) || error.codeName === "InterruptedAtShutdown") throw error;
    writeErrors.push({ index: at, ...errorFields(error) });
    if (ordered) at = statements.length;
  };
  const execute = (): (() => Promise<void>) | undefined => {
    const slice = server.turns.slice();
    const run = begin();
    do {
      try {
        const later = run(statements[at] as Document, at);
        if (later) return later;
      } catch (error) {
        fail(error);
      }
      at += 1;
    } while (!slice.isOver() && at < statements.length);
    return undefined;
  };
  while (at < statements.length) {
    const later = await server.environment.write(execute);
    if (later) {
      await later().catch(fail);
      at += 1;
    }
    if (at < statements.length) await server.turns.next();
  }
  return writeErrors.length > 0 ? { writeErrors } : {};
}
