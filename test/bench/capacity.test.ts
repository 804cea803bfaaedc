import { expect } from "chai";
import { findWrong, isTaken, readLoad } from "../../scripts/bench/capacity/figures.ts";
import { findRate, holdRate } from "../../scripts/bench/capacity/search.ts";
import type { Journey } from "../../scripts/bench/own-time/exchange.ts";
import { Journeys } from "../../scripts/bench/own-time/journeys.ts";

const SEARCH = { startRate: 10, maxRatio: 1.05, minRate: 1, maxSteps: 12 };

const LIMIT_MS = 100;

/** A bot that takes rates up to a limit, and the rates that it was asked to take. */
function botThatTakes(limit: number) {
  const tried: number[] = [];
  const passes = async (rate: number): Promise<boolean> => {
    tried.push(rate);
    return rate <= limit;
  };
  return { passes, tried };
}

describe("the search for a rate", () => {
  it("doubles until a rate fails, then closes in on the highest that passes", async () => {
    const { passes, tried } = botThatTakes(73);
    const found = await findRate(passes, SEARCH);
    expect(found).to.be.within(73 / 1.05, 73);
    expect(tried.slice(0, 6)).to.deep.equal([10, 20, 40, 80, 60, 70]);
  });

  it("goes down where the first rate is too high", async () => {
    expect(await findRate(botThatTakes(3).passes, SEARCH)).to.be.within(3 / 1.05, 3);
  });

  it("ends where no rate passes, and where every rate does", async () => {
    const none = botThatTakes(0);
    expect(await findRate(none.passes, SEARCH)).to.equal(0);
    expect(Math.min(...none.tried)).to.equal(1.25);
    const all = botThatTakes(Number.POSITIVE_INFINITY);
    expect(await findRate(all.passes, { ...SEARCH, maxSteps: 4 })).to.equal(80);
  });

  it("holds a rate a tenth lower each time the one before fails, a few times", async () => {
    const { passes, tried } = botThatTakes(85);
    const hold = async (rate: number): Promise<number | undefined> =>
      (await passes(rate)) ? rate : undefined;
    expect(await holdRate(hold, { rate: 100, lowerBy: 0.1, maxTries: 5 })).to.be.closeTo(81, 0.001);
    expect(tried).to.have.lengthOf(3);
    expect(await holdRate(hold, { rate: 100, lowerBy: 0.1, maxTries: 2 })).to.equal(undefined);
  });
});

/** A question that waits 10 ms at Telegram and 500 ms for the model, and takes the bot 20 ms and what is given. */
function journey(number: number, changes: Partial<Journey> & { afterMs?: number } = {}): Journey {
  const { afterMs = 30, ...others } = changes;
  const arrivedMs = number * 1_000;
  const times = { deliveredMs: arrivedMs + 10, calledMs: arrivedMs + 30, lastWordMs: arrivedMs + 530 };
  return { number, userId: number, arrivedMs, ...times, sentMs: arrivedMs + 530 + afterMs, ...others };
}

function unanswered(number: number): Journey {
  return { number, userId: number, arrivedMs: number * 1_000 };
}

const load = (journeys: Journey[], isCutShort = false) => readLoad(5, { journeys, isCutShort });

describe("the verdict on a load", () => {
  it("counts all but the model's time, the time at Telegram too", () => {
    const figures = load([journey(1), journey(2)]);
    expect(figures.own.p95).to.equal(60);
    expect(figures.atTelegram.p95).to.equal(10);
    expect(figures.wait.p95).to.equal(560);
    expect(isTaken(figures, LIMIT_MS)).to.equal(true);
    expect(findWrong(figures)).to.deep.equal([]);
  });

  it("lets one question of twenty take longer, not two", () => {
    const fast = Array.from({ length: 18 }, (_, index) => journey(index + 1));
    const slow = [19, 20].map((number) => journey(number, { afterMs: 300 }));
    expect(isTaken(load([...fast, journey(19), ...slow.slice(1)]), LIMIT_MS)).to.equal(true);
    expect(isTaken(load([...fast, ...slow]), LIMIT_MS)).to.equal(false);
  });

  it("takes no rate whose load ended early, however fast its answers were", () => {
    expect(isTaken(load([journey(1)], true), LIMIT_MS)).to.equal(false);
  });

  it("names questions without an answer", () => {
    const figures = load([journey(1), unanswered(2), unanswered(3)]);
    expect(figures.lost).to.equal(2);
    expect(isTaken(figures, LIMIT_MS)).to.equal(false);
    expect(findWrong(figures).join()).to.contain("2 questions");
  });

  it("names answers out of order within a chat, not between chats", () => {
    const first = journey(1, { userId: 7, sentMs: 9_000 });
    const sooner = { sentMs: 8_000 };
    expect(load([first, journey(2, { userId: 8, ...sooner })]).outOfOrder).to.equal(0);
    const figures = load([first, journey(2, { userId: 7, ...sooner })]);
    expect(figures.outOfOrder).to.equal(1);
    expect(findWrong(figures)).to.have.lengthOf(1);
  });
});

describe("the way of a question", () => {
  it("is counted at the place where it is, and in the bot until it is answered", () => {
    const journeys = new Journeys();
    for (const number of [1, 2, 3]) journeys.begin(number, 7);
    for (const number of [1, 2]) journeys.note(number, "deliveredMs");
    journeys.note(1, "calledMs");
    const { peaks, peakInBot } = journeys.takePeaks();
    expect(peaks).to.deep.equal({ atTelegram: 3, beforeModel: 2, atModel: 1, beforeSend: 0 });
    expect(peakInBot).to.equal(2);
    for (const step of ["lastWordMs", "sentMs"] as const) journeys.note(1, step);
    expect(journeys.takePeaks().peaks).to.deep.equal({
      atTelegram: 1,
      beforeModel: 1,
      atModel: 1,
      beforeSend: 1,
    });
    expect(journeys.openCount).to.equal(2);
  });

  it("keeps the first time of a step, and none that comes before its turn", () => {
    const journeys = new Journeys();
    const question = journeys.begin(1, 7);
    journeys.note(1, "sentMs");
    expect(question.sentMs).to.equal(undefined);
    journeys.note(1, "deliveredMs");
    const { deliveredMs } = question;
    journeys.note(1, "deliveredMs");
    expect(question.deliveredMs).to.equal(deliveredMs);
    expect(journeys.takePeaks().peaks.atTelegram).to.equal(1);
  });

  it("ends once its answer is sent, and its user may be asked for the next", () => {
    const journeys = new Journeys();
    const sent: number[] = [];
    journeys.onSent = ({ number }) => sent.push(number);
    journeys.begin(1, 7);
    for (const step of ["deliveredMs", "calledMs", "lastWordMs"] as const) journeys.note(1, step);
    expect(journeys.hasOpen(7)).to.equal(true);
    journeys.note(1, "sentMs");
    expect(journeys.hasOpen(7)).to.equal(false);
    expect(sent).to.deep.equal([1]);
  });
});
