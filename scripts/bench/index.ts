import { Command } from "commander";
import { benchMonitor } from "./monitor.ts";

const bench = new Command("npm run bench --").description("Measures parts of Helpline on this machine");
bench.command("monitor").description("what a monitored call costs").action(benchMonitor);

await bench.parseAsync();
