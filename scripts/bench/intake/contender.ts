import { answerMessages } from "../child.ts";
import { CONTENDERS } from "./contenders.ts";
import type { Contender, ContenderSettings, Usage } from "./load.ts";

/** Runs one contender in this process; its name is the argument. */
const [, , name = ""] = process.argv;
let contender: Contender;
let cpuBefore: NodeJS.CpuUsage;

answerMessages({
  async prepare(settings: ContenderSettings) {
    const create = CONTENDERS[name];
    if (!create) throw new Error(`There is no contender "${name}"`);
    contender = create();
    await contender.prepare(settings);
  },
  begin() {
    cpuBefore = process.cpuUsage();
    contender.begin();
  },
  usage(): Usage {
    const { user, system } = process.cpuUsage(cpuBefore);
    return {
      cpuMs: (user + system) / 1000,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
      monitoredCalls: contender.monitoredCalls?.() ?? 0,
    };
  },
});
