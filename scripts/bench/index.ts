import { Command } from "commander";
import { positiveNumber, wholeNumber } from "../numbers.ts";
import { benchAnswers } from "./answers.ts";
import { benchHostile } from "./hostile.ts";
import { benchIntake, readContenders } from "./intake/intake.ts";
import { benchLong } from "./long.ts";
import { benchMedia } from "./media.ts";
import { benchMonitor } from "./monitor.ts";
import { benchStart } from "./start.ts";
import { benchStore } from "./store.ts";

const bench = new Command("npm run bench --").description("Measures parts of Helpline on this machine");
bench
  .command("answers")
  .description("how the scheduler of the model fares beside the best that can be; one minute")
  .option("--speed <number>", "divides every latency", positiveNumber, 5)
  .option("--seed <number>", "repeats the latencies of an earlier run", wholeNumber, 1)
  .option("--json", "print JSON")
  .action(benchAnswers);
bench
  .command("monitor")
  .description("what a monitored call costs, beside others, and how exact it is")
  .option("--json <file>", "write all figures there")
  .action(benchMonitor);
bench
  .command("intake")
  .description("a backlog worked off by this bot, by others, and by a bare loop")
  .option("--rounds <number>", "how often each", wholeNumber, 3)
  .option("--only <names>", "of grammy, telegraf, helpline, helpline-mongo; with commas", readContenders)
  .option("--json <file>", "write all figures there")
  .action(benchIntake);
bench
  .command("hostile")
  .description("what people wait for the real bot beside one who floods it; three minutes")
  .option("--rounds <number>", "how often each", wholeNumber, 3)
  .action(benchHostile);
bench
  .command("media")
  .description("files of 40 MB up and down: how fast, and in how much memory")
  .option("--rounds <number>", "how often each", wholeNumber, 3)
  .option("--json <file>", "write all figures there")
  .action(benchMedia);
bench
  .command("long")
  .description("the real bot at work for long: does it grow, is its event loop free?")
  .option("--minutes <number>", "for how long", positiveNumber, 30)
  .option("--rate <number>", "updates a second", positiveNumber, 20)
  .option("--json <file>", "write all figures there")
  .action(benchLong);
bench
  .command("start")
  .description("how long the real bot takes to its first poll, and to stop")
  .option("--rounds <number>", "how often", wholeNumber, 5)
  .action(benchStart);
bench
  .command("store")
  .description("operations a second of the embedded database, or of MONGODB_URI")
  .option("--operations <number>", "how many of each kind", wholeNumber, 3000)
  .option("--json", "print JSON")
  .action(benchStore);

await bench.parseAsync();
