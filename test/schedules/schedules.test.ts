import { expect } from "chai";
import { explore } from "./explore.ts";
import { loadParts } from "./parts.ts";

/** About a minute's work. */
const SCHEDULES = 10_000;

const { SCHEDULE_SEED: seed, SCHEDULE_PATH: path } = process.env;

describe("the parts of the process, in any order of their calls", () => {
  it("keep the promises", async () => {
    const replay = seed === undefined ? {} : { seed: Number(seed), ...(path === undefined ? {} : { path }) };
    const found = await explore(await loadParts(), { schedules: SCHEDULES, ...replay });
    expect(found, found ?? "").to.equal(null);
  });
});
