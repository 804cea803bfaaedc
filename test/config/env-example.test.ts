import { readFileSync } from "node:fs";
import { expect } from "chai";
import { SETTINGS } from "../../lib/config/index.ts";

describe(".env.example", () => {
  it("lists all settings, and no others, in order and with their defaults", () => {
    const lines = readFileSync(".env.example", "utf8").matchAll(/^#?(?<name>[A-Z_]+)=(?<value>.*)$/gm);
    const named = Array.from(lines, ({ groups = {} }) => [groups.name, groups.value]);
    const settings = Object.entries(SETTINGS).map(([name, setting]) => [
      name,
      "default" in setting ? setting.default : "",
    ]);
    expect(named).to.deep.equal(settings);
  });
});
