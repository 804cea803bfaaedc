import type { Db } from "mongodb";
import type { Clock } from "../core/index.ts";
import { createLeaseStore } from "./collections/instances/leases.ts";

/** How often the instance that migrates shows that it lives, and the others look, in milliseconds. */
const BEAT_MS = 500;
/** An instance whose beat stands still for so long has died, in milliseconds; the next one repeats its work. */
const DEAD_MS = 10_000;

/** Does work that one instance at a time may do; the others wait until it has ended, and then do it too. */
export async function inTurn(db: Db, clock: Clock, work: () => Promise<void>): Promise<void> {
  const leases = createLeaseStore(db);
  let seen = await leases.read("migrations");
  for (let since = clock.monotonic(); ; ) {
    const isFree = seen.owner === null || clock.monotonic() - since >= DEAD_MS;
    if (isFree && (await leases.takeOver(seen, "an instance that starts"))) break;
    await clock.sleep(BEAT_MS);
    const lease = await leases.read("migrations");
    if (lease.beat !== seen.beat || lease.fence !== seen.fence) since = clock.monotonic();
    seen = lease;
  }
  const fence = seen.fence + 1;
  const ended = new AbortController();
  const beating = (async () => {
    for (;;) {
      await clock.sleep(BEAT_MS, ended.signal);
      await leases.beat("migrations", fence).catch(() => false); // a short outage; a long one ends the work as well
    }
  })().catch(() => {}); // the work has ended
  try {
    await work();
  } finally {
    ended.abort();
    await beating;
    await leases.release("migrations", fence);
  }
}
