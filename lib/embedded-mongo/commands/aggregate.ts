import { compileStage } from "../aggregate/stages.ts";
import { encodeStored } from "../bson/encode.ts";
import { type Document, isDocument, isNumber, toNumber, type Value } from "../bson/values.ts";
import { notSupported } from "../errors.ts";
import { type Selection, select } from "../query/scan.ts";
import { anything, array, document, ignored, readArguments, required, unsupported } from "./arguments.ts";
import { type Handler, namespaceOf, openCollection } from "./context.ts";
import { checkHint } from "./hint.ts";

export const aggregate: Handler = (server, request) => {
  const { pipeline, cursor, hint } = readArguments(request.command, "aggregate", {
    aggregate: anything,
    pipeline: required(array),
    cursor: required(document),
    hint: anything,
    allowDiskUse: ignored,
    bypassDocumentValidation: ignored,
    explain: unsupported,
    collation: unsupported,
    let: unsupported,
  });
  if (isNumber(request.command.get("aggregate"))) throw notSupported("a pipeline on a database");
  const batchSize = cursor.get("batchSize");
  const stages = pipeline.map(compileStage);
  const namespace = namespaceOf(request);
  const collection = openCollection(server, namespace);
  checkHint(collection, hint);
  const { selection, stagesServed } = selectionOf(pipeline);
  let results: readonly Document[] = select(collection, selection, server.counters).map(
    (stored) => stored.document,
  );
  for (const stage of stages.slice(stagesServed)) results = stage(results);
  const encoded = results.map((result) => encodeStored(result));
  return {
    cursor: server.cursors.start(
      namespace,
      encoded,
      isNumber(batchSize) ? { batchSize: toNumber(batchSize) } : {},
    ),
  };
};

/** What the first stages ask of the collection itself, where indexes can serve it: matches, a sort and a limit. */
function selectionOf(pipeline: readonly Value[]): { selection: Selection; stagesServed: number } {
  let at = 0;
  const operandOf = (name: string): Value | undefined => {
    const stage = pipeline[at];
    const operand = isDocument(stage) ? stage.get(name) : undefined;
    if (operand !== undefined) at += 1;
    return operand;
  };
  const queries: Value[] = [];
  for (let query = operandOf("$match"); query !== undefined; query = operandOf("$match")) queries.push(query);
  const sort = operandOf("$sort");
  const limit = operandOf("$limit");
  const query: Document = queries.length === 0 ? new Map() : new Map([["$and", queries]]);
  return {
    selection: {
      query,
      ...(isDocument(sort) ? { sort } : {}),
      ...(isNumber(limit) ? { limit: toNumber(limit) } : {}),
    },
    stagesServed: at,
  };
}
