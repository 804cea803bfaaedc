import { mkdir } from "node:fs/promises";
import { expect } from "chai";
import { explore } from "./explore.ts";
import { FAULTS, withFault } from "./planted-faults.ts";

/** Far more than it takes: over 12 seeds, the fault that shows most rarely took 550 on average and 2,519 at most. */
const SCHEDULES = 20_000;

describe("the explorer of schedules", () => {
  before(() => mkdir("dist", { recursive: true }));

  for (const fault of FAULTS) {
    it(`finds ${fault.name}, and replays it from its seed`, () =>
      withFault(fault, async (parts) => {
        const found = await explore(parts, { schedules: SCHEDULES });
        expect(found).not.to.equal(null);
        const [, seed, path = ""] = /SCHEDULE_SEED=(-?\d+) SCHEDULE_PATH=(\S+)/.exec(found ?? "") ?? [];
        const again = await explore(parts, { schedules: 1, seed: Number(seed), path });
        expect(again).to.equal(found);
      }));
  }
});
