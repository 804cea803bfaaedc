import { type AsyncFunction, monitorPerformance } from "../performance/index.ts";

/**
 * Measures every method of a part of the store as `mongo.<part>.<method>`, the wait for a connection included.
 *
 * One call for all of them, rather than a decorator on each, because the names follow from the methods and a new method
 * cannot be forgotten. The methods hold no state of their own and need no `this`, so callers may pass a single one on.
 */
export function monitored<Methods extends Record<keyof Methods, AsyncFunction>>(
  part: string,
  methods: Methods,
): Methods {
  const entries = Object.entries<AsyncFunction>(methods).map(([method, call]) => {
    return [method, monitorPerformance(`mongo.${part}.${method}`, { part: "mongo" })(call)];
  });
  return Object.fromEntries(entries) as Methods;
}
