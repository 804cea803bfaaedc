import { expect } from "chai";
import { pacificDay, pacificDayEnd } from "../../../lib/answers/scheduling/pacific-day.ts";

const at = (iso: string): number => Date.parse(iso);

describe("Google's day", () => {
  it("is named after California's date, whatever the date is elsewhere", () => {
    expect(pacificDay(at("2026-07-02T06:59:59.999Z"))).to.equal("2026-07-01");
    expect(pacificDay(at("2026-07-02T07:00:00Z"))).to.equal("2026-07-02");
    expect(pacificDay(at("2026-01-02T07:59:59Z"))).to.equal("2026-01-01");
    expect(pacificDay(at("2026-01-02T08:00:00Z"))).to.equal("2026-01-02");
  });

  for (const [what, now, end] of [
    ["in winter", "2026-01-15T12:00:00.123Z", "2026-01-16T08:00:00Z"],
    ["in summer", "2026-07-15T12:00:00Z", "2026-07-16T07:00:00Z"],
    ["that has 23 hours", "2026-03-08T08:00:00Z", "2026-03-09T07:00:00Z"],
    ["that has 25 hours", "2026-11-01T07:00:00Z", "2026-11-02T08:00:00Z"],
    ["in its last hour before the clocks change", "2026-03-08T07:59:00Z", "2026-03-08T08:00:00Z"],
    ["after the clocks went back", "2026-11-01T10:30:00Z", "2026-11-02T08:00:00Z"],
    ["that ends the year", "2026-12-31T20:00:00Z", "2027-01-01T08:00:00Z"],
  ] as const) {
    it(`ends at midnight there: a day ${what}`, () => {
      expect(new Date(pacificDayEnd(at(now))).toISOString()).to.equal(new Date(end).toISOString());
      expect(pacificDay(at(end) - 1)).to.equal(pacificDay(at(now)));
      expect(pacificDay(at(end))).not.to.equal(pacificDay(at(now)));
    });
  }
});
