import type { Turns } from "./turns.ts";

/** Results, computed as they are taken; `undefined` is none, but a point at which the work may pause. */
export type Flow<Item> = Iterable<Item | undefined>;

/** Takes everything in one go: for what is known to be short, or may not pause, as within a transaction. */
export function takeAll<Item>(flow: Flow<Item>): Item[] {
  const items: Item[] = [];
  for (const item of flow) if (item !== undefined) items.push(item);
  return items;
}

/** Takes everything, in slices of time. */
export async function gather<Item>(flow: Flow<Item>, turns: Turns): Promise<Item[]> {
  const items: Item[] = [];
  await forEachInTurns(flow, turns, (item) => items.push(item));
  return items;
}

/** Hands over each item, in slices of time. */
export async function forEachInTurns<Item>(
  flow: Flow<Item>,
  turns: Turns,
  take: (item: Item) => void,
): Promise<void> {
  let slice = turns.slice();
  for (const item of flow) {
    if (item !== undefined) take(item);
    if (!slice.isOver()) continue;
    await turns.next();
    slice = turns.slice();
  }
}

/** What becomes of each item; undefined leaves it out. */
export function* mapFlow<Item, Result>(
  flow: Flow<Item>,
  map: (item: Item) => Result | undefined,
): Flow<Result> {
  for (const item of flow) yield item === undefined ? undefined : map(item);
}
