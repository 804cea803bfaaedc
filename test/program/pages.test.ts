import { readFileSync } from "node:fs";
import { expect } from "chai";
import { createSimulation, type Simulation } from "../../scripts/simulate/simulation.ts";
import { FEW_PAGES } from "../support/few-pages.ts";
import { report } from "../support/program/report.ts";

const PERSON = { userId: 7, firstName: "Amina" };

describe("the web pages of a running bot", () => {
  let simulation: Simulation;
  let url: string;
  let stop: () => Promise<number | null>;

  before(async () => {
    simulation = await createSimulation({ isPlain: true, pages: FEW_PAGES });
    const bot = await simulation.startBot();
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(bot.output())?.[0] ?? "";
    stop = () => bot.end("SIGTERM");
    await simulation.telegram.sendText(PERSON, "How do I put on a condom?");
    await simulation.telegram.waitFor(() => simulation.botTexts(PERSON.userId).length > 0);
  });

  after(() => simulation.close());

  it("say that it is ready", async () => {
    const response = await fetch(`${url}/readyz`);
    expect(await response.json()).to.deep.include({ status: "ready" });
  });

  it("bring their scripts with them", async () => {
    for (const path of ["/", "/dashboard/charts.js", "/dashboard/uplot/uplot.js"]) {
      const response = await fetch(`${url}${path}`);
      expect(response.status, path).to.equal(200);
      await response.text();
    }
  });

  it("export every metric that the Grafana dashboard and the alert rules use", async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const known = new Set(text.split("\n").map((line) => /^(?:# TYPE )?([a-z_]+)/.exec(line)?.[1]));
    for (const file of ["ops/grafana-dashboard.json", "ops/prometheus-alerts.yml"]) {
      const named =
        readFileSync(file, "utf8").match(/\b(?:helpline|nodejs)_[a-z_]+|\bprocess_[a-z]+_[a-z_]+/g) ?? [];
      expect(named, file).not.to.deep.equal([]);
      for (const name of named) expect(known, `${file} names ${name}`).to.include(name);
    }
  });

  it("contain no personal data", async () => {
    const pages = ["/metrics", "/readyz", "/dashboard/figures", "/dashboard/traces"];
    for (const page of pages) {
      const text = await (await fetch(`${url}${page}`)).text();
      expect(text, page).not.to.match(/condom|Amina/);
    }
  });

  it("let it stop while a dashboard is open", async () => {
    const stream = await fetch(`${url}/dashboard/live`);
    expect(await stop()).to.equal(0);
    await stream.body?.cancel();
  });

  it("are not needed for what was measured: npm run stats reports it from the data folder", async () => {
    const output = await report([], simulation.dataFolder);
    expect(output).to.match(/^Helpline \d{4}-/);
    expect(output).to.match(/process_question +1 /);
  });
});
