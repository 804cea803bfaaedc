/** Whether random tests run in full; `.ci/run` sets this for one of its runs. */
const IS_THOROUGH = process.env.THOROUGH === "1";

/** All items with THOROUGH=1, else every sixth, spread over the list. */
export function sample<Item>(items: readonly Item[]): Item[] {
  return items.filter((_, index) => IS_THOROUGH || index % 6 === 0);
}

/** How often a random test runs, or on how much data: `all` with THOROUGH=1, else a sixth of it. */
export function share(all: number): number {
  return IS_THOROUGH ? all : Math.ceil(all / 6);
}
