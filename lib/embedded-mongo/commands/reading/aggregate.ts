import type { Stage } from "../../aggregate/stage.ts";
import { compileStage } from "../../aggregate/stages.ts";
import { encodeStored } from "../../bson/encode.ts";
import { type Document, isDocument, isNumber, toNumber, type Value } from "../../bson/values.ts";
import { notSupported } from "../../errors.ts";
import { type Selection, select } from "../../query/scan.ts";
import { type Flow, mapFlow } from "../../turns/flow.ts";
import { anything, array, document, ignored, readArguments, required, unsupported } from "../arguments.ts";
import { type Handler, namespaceOf, openCollection } from "../context.ts";
import { checkHint } from "../hint.ts";
import type { CursorQuery } from "./cursors.ts";

export const aggregate: Handler = async (server, request) => {
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
  const { selection, stagesServed, isEverything } = selectionOf(pipeline);
  const rest = stages.slice(stagesServed);
  const results: CursorQuery = (reader, counters) => {
    const collection = openCollection(server, namespace, reader);
    checkHint(collection, hint);
    const [next, ...others] = rest;
    const count = isEverything && next?.ofCount ? collection?.count() : undefined;
    const documents =
      count === undefined
        ? run(
            rest,
            mapFlow(select(collection, selection, counters), ({ document: found }) => found),
          )
        : run(others, next?.ofCount?.(count) ?? []);
    return mapFlow(documents, (result) => encodeStored(result));
  };
  return {
    cursor: await server.cursors.start(
      namespace,
      results,
      isNumber(batchSize) ? { batchSize: toNumber(batchSize) } : {},
    ),
  };
};

function run(stages: readonly Stage[], documents: Flow<Document>): Flow<Document> {
  return stages.reduce((results, stage) => stage.run(results), documents);
}

/** What the first stages ask of the collection itself, where indexes can serve it: matches, a sort and a limit. */
function selectionOf(pipeline: readonly Value[]): {
  selection: Selection;
  stagesServed: number;
  /** Whether it is the whole collection, in any order. */
  isEverything: boolean;
} {
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
    isEverything: at === queries.length && queries.every((part) => isDocument(part) && part.size === 0),
  };
}
