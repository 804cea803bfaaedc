import type { Measure } from "../core/index.ts";

type AsyncMethods = Record<string, (...args: never[]) => Promise<unknown>>;

/** The same part of the store, with every call measured as `mongo.<name>.<method>`, waits for the pool included. */
export function measured<Part extends { [Method in keyof Part]: (...args: never[]) => Promise<unknown> }>(
  name: string,
  part: Part,
  measure: Measure,
): Part {
  const methods = Object.entries(part as AsyncMethods).map(([method, call]) => [
    method,
    (...args: never[]) => measure(`mongo.${name}.${method}`, () => call(...args)),
  ]);
  return Object.fromEntries(methods) as Part;
}
