import { expect } from "chai";
import { openIntake } from "../../lib/app/intake.ts";
import type { Holding, Job } from "../../lib/cluster/index.ts";
import { silentLogger } from "../../lib/core/index.ts";
import { TelegramApi } from "../../lib/telegram/index.ts";
import { FakeClock } from "../support/fake-clock.ts";

describe("polling in turns with other instances", () => {
  it("counts as answered since this instance began, until its first poll returns", async () => {
    const clock = new FakeClock();
    const api = new TelegramApi({ token: "7000000001:a-token", apiRoot: "http://127.0.0.1:9" });
    api.getUpdates = (_params, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason)); // a long poll without updates
      });
    let begin: ((holding: Holding) => Job) | undefined;
    const intake = openIntake(undefined, {
      api,
      accept: async () => {},
      instances: {
        runAlone(_name, work) {
          begin = work;
          return { stop() {} };
        },
        aliveAt: () => 5_000,
      },
      clock,
      logger: silentLogger,
      random: () => 0,
      onFatal() {},
    });
    intake.start();
    await clock.advance(100_000);
    expect(intake.lastAnsweredAt(), "by the instance that polls").to.equal(5_000);
    const beganAt = clock.monotonic();
    const job = begin?.({ isHeld: () => true });
    await clock.advance(10_000);
    expect(intake.lastAnsweredAt()).to.equal(beganAt);
    await job?.stop(true);
    await intake.stop();
  });
});
