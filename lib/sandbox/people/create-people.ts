import type { World } from "../chats/world.ts";
import { Actor } from "./actor.ts";
import { createGroups } from "./groups.ts";
import type { People } from "./people.ts";
import { createReactions } from "./reactions.ts";
import { createWriting } from "./writing.ts";

/** All actions of people. */
export function createPeople(world: World): People {
  const actor = new Actor(world);
  return {
    ...createWriting(world, actor),
    ...createReactions(world, actor),
    ...createGroups(world, actor),
    sendUpdate: (content) => actor.queue(content, []),
    block: (userId) => actor.changeMembership(userId, true),
    unblock: (userId) => actor.changeMembership(userId, false),
  };
}
