import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { parse } from "yaml";
import { createSimulation, type Simulation } from "../../scripts/simulate/simulation.ts";
import { FEW_PAGES } from "../support/few-pages.ts";

/** How often Prometheus reads the bot here, and how often a query that has no data yet is repeated. */
const SCRAPE_S = 1;
/** What Grafana puts for `$__rate_interval`, with this scrape interval. */
const RATE_INTERVAL = "10s";
/** Queries that find nothing while all is well. */
const EMPTY_WHEN_WELL = /errors_total|slow_total/;

interface Rules {
  groups: { rules: { alert: string }[] }[];
}

interface RuleTests {
  tests: { alert_rule_test: { alertname: string; exp_alerts: object[] }[] }[];
}

interface Dashboard {
  panels: { title: string; targets?: { expr: string }[] }[];
}

/** A port that is free now; Prometheus cannot say which one it took. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

function isMissing(program: string): boolean {
  return spawnSync(program, ["--version"]).error !== undefined;
}

describe("Prometheus and Grafana", () => {
  before(function () {
    if (!isMissing("promtool") && !isMissing("prometheus")) return;
    process.stdout.write("No Prometheus here: neither its rules nor Grafana's queries are tried.\n");
    this.skip();
  });

  it("takes the rules, which raise the alerts they should", () => {
    execFileSync("promtool", ["check", "rules", "ops/prometheus-alerts.yml"]);
    execFileSync("promtool", ["test", "rules", "test/ops/prometheus-alerts.test.yml"]);
  });

  it("has a test in which each alert is raised", () => {
    const { groups } = parse(readFileSync("ops/prometheus-alerts.yml", "utf8")) as Rules;
    const { tests } = parse(readFileSync("test/ops/prometheus-alerts.test.yml", "utf8")) as RuleTests;
    const raised = tests.flatMap(({ alert_rule_test }) =>
      alert_rule_test.flatMap(({ alertname, exp_alerts }) => (exp_alerts.length > 0 ? [alertname] : [])),
    );
    expect(raised).to.include.members(groups.flatMap(({ rules }) => rules.map(({ alert }) => alert)));
  });

  describe("beside a bot that answers", () => {
    let simulation: Simulation;
    let folder: string;
    let prometheus: ChildProcess;
    let api: string;
    let metricsUrl: string;

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "helpline-prometheus-"));
      simulation = await createSimulation({ isPlain: true, pages: FEW_PAGES });
      const bot = await simulation.startBot({ DASHBOARD_TOKEN: "a-token-for-prometheus" });
      metricsUrl = `${bot.url}/metrics`;
      const port = await freePort();
      api = `http://127.0.0.1:${port}`;
      const config = readFileSync("ops/prometheus.yml", "utf8")
        .replaceAll(/(scrape|evaluation)_interval: \d+s/g, `$1_interval: ${SCRAPE_S}s`)
        .replace(/dns_sd_configs:[\s\S]*/, `static_configs: [{ targets: ["${new URL(bot.url).host}"] }]\n`);
      await writeFile(join(folder, "prometheus.yml"), config);
      await writeFile(join(folder, "prometheus-alerts.yml"), readFileSync("ops/prometheus-alerts.yml"));
      await writeFile(join(folder, "token"), "a-token-for-prometheus");
      prometheus = spawn(
        "prometheus",
        [
          `--config.file=${join(folder, "prometheus.yml")}`,
          `--storage.tsdb.path=${join(folder, "data")}`,
          `--web.listen-address=127.0.0.1:${port}`,
        ],
        { stdio: "ignore" },
      );
    });

    after(async () => {
      const exited = once(prometheus, "exit");
      prometheus.kill("SIGTERM");
      await exited;
      await simulation.close();
      await rm(folder, { recursive: true });
    });

    /** The number of series that a query finds. @throws what Prometheus says against the query */
    async function seriesOf(expr: string): Promise<number> {
      const query = expr.replaceAll("$__rate_interval", RATE_INTERVAL);
      const response = await fetch(`${api}/api/v1/query?query=${encodeURIComponent(query)}`).catch(
        () => null,
      );
      if (response === null || response.status >= 500) return 0; // it is starting
      const answer = (await response.json()) as {
        status: string;
        error?: string;
        data: { result: unknown[] };
      };
      if (answer.status !== "success") throw new Error(`${expr}: ${answer.error}`);
      return answer.data.result.length;
    }

    it("reads metrics that promtool has nothing against", async () => {
      const response = await fetch(metricsUrl, {
        headers: { authorization: "Bearer a-token-for-prometheus" },
      });
      const complaints = spawnSync("promtool", ["check", "metrics"], {
        input: await response.text(),
        encoding: "utf8",
      });
      expect(complaints.stderr).to.equal("");
      expect(complaints.status).to.equal(0);
    });

    it("has data for every query of the Grafana dashboard", async () => {
      const { panels } = JSON.parse(readFileSync("ops/grafana-dashboard.json", "utf8")) as Dashboard;
      const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
      expect(queries.length).to.be.greaterThan(20);
      let asked = 0;
      for (const query of queries) {
        // A rate needs two readings with calls in between; people go on asking meanwhile.
        while ((await seriesOf(query)) === 0 && !EMPTY_WHEN_WELL.test(query)) {
          asked += 1;
          await simulation.telegram.sendText({ userId: asked, firstName: "P" }, `How do I, person ${asked}?`);
          await simulation.telegram.waitFor(() => simulation.botTexts(asked).length > 0);
          await sleep(SCRAPE_S * 1_000);
        }
      }
    });

    it("knows every metric that an alert is about", async () => {
      const rules = readFileSync("ops/prometheus-alerts.yml", "utf8");
      const names = new Set(rules.match(/\b(?:helpline|process)_[a-z_]+(?=[{ \n[])/g));
      expect(names.size).to.be.greaterThan(8);
      for (const name of names) {
        if (!EMPTY_WHEN_WELL.test(name))
          expect(await seriesOf(`last_over_time(${name}[1m])`), name).to.be.greaterThan(0);
      }
    });
  });
});
