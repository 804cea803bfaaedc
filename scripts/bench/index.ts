import { Command } from "commander";
import { benchIntake } from "./intake/intake.ts";
import { benchMonitor } from "./monitor.ts";
import { benchStore } from "./store.ts";

const bench = new Command("npm run bench --").description("Measures parts of Helpline on this machine");
bench.command("monitor").description("what a monitored call costs").action(benchMonitor);
bench
  .command("intake")
  .description("a backlog worked off by this bot, by others, and by a bare loop")
  .option("--rounds <number>", "how often each", "3")
  .option("--only <names>", "of grammy, telegraf, helpline, helpline-mongo; with commas")
  .option("--json <file>", "write all figures there")
  .action(benchIntake);
bench
  .command("store")
  .description("operations a second of the embedded database, or of MONGODB_URI")
  .option("--operations <number>", "how many of each kind", "3000")
  .option("--json", "print JSON")
  .action(benchStore);

await bench.parseAsync();
