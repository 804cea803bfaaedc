import type { Cluster, Holding, Job } from "../cluster/index.ts";
import { AlertWatch } from "../performance/index.ts";
import { type AlertDeps, type AlertParts, startAlerts } from "./alerts.ts";
import { DatabaseWatch } from "./database-watch.ts";

export interface OperatorAlertParts extends Omit<AlertParts, "database" | "notes"> {
  isDatabaseAway(): Promise<boolean>;
  /** Where there are several. */
  instances?: Pick<Cluster, "runAlone" | "isFirst"> | undefined;
}

/** The instances notice an outage within seconds of each other; a next one is alerted to after an hour. In milliseconds. */
const SAME_OUTAGE_MS = 30 * 60_000;

/** Alerts operators until stopped. An alert comes once, not once from each instance. */
export function alertOperators(
  { isDatabaseAway, instances, ...parts }: OperatorAlertParts,
  deps: AlertDeps,
): { stop(): Promise<void> } {
  const database = new DatabaseWatch({
    isAway: isDatabaseAway,
    watch: new AlertWatch(() => parts.content.bot.alerts),
    isFirst: instances && (() => instances.isFirst("database-alert", SAME_OUTAGE_MS)),
    ...deps,
  });
  database.start();
  const begin = (holding?: Holding): Job => startAlerts({ ...parts, database, notes: holding?.notes }, deps);
  const alerts: Job = instances ? instances.runAlone("alerts", begin) : begin();
  return {
    async stop() {
      await alerts.stop();
      await database.stop();
    },
  };
}
