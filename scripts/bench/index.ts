import { Command } from "commander";
import { OperatorError } from "../../lib/core/index.ts";
import { positiveNumber, wholeNumber, wholeNumberOrZero } from "../terminal/numbers.ts";
import { benchAnswers } from "./answers.ts";
import { benchAnswersOfInstances } from "./answers-instances.ts";
import { benchCapacity } from "./capacity.ts";
import { benchHostileAnswers } from "./hostile/answers.ts";
import { benchHostile } from "./hostile/floods.ts";
import { benchIntake, readContenders } from "./intake.ts";
import { benchIntakeOfInstances, readCounts } from "./intake-instances.ts";
import { benchLong } from "./long.ts";
import { benchMedia } from "./media.ts";
import { benchMonitor } from "./monitor.ts";
import { benchOwnTime } from "./own-time.ts";
import { benchStart } from "./start.ts";
import { benchStore } from "./store.ts";

const bench = new Command("npm run bench --").description("Measures parts of Helpline on this machine");
bench
  .command("answers")
  .description(
    "response times of the model scheduler beside lower bounds; one minute. With --instances of several that share " +
      "a model by Redis, and its limits; five minutes",
  )
  .option("--instances <number>", "number of instances", wholeNumber)
  .option("--speed <number>", "divides every latency", positiveNumber, 5)
  .option("--seed <number>", "repeats the latencies of an earlier run", wholeNumber, 1)
  .option("--json", "print JSON")
  .action(({ instances, ...options }) =>
    instances === undefined ? benchAnswers(options) : benchAnswersOfInstances({ instances, ...options }),
  );
bench
  .command("monitor")
  .description("cost and accuracy of a monitored call, beside other libraries")
  .option("--json <file>", "write all figures there")
  .action(benchMonitor);
bench
  .command("intake")
  .description(
    "a backlog handled by Helpline, other bots and a bare loop. With --instances by numbers of instances of the real " +
      "bot, which share a Redis; four minutes",
  )
  .option("--rounds <number>", "rounds of each", wholeNumber, 3)
  .option(
    "--only <names>",
    "of grammy, telegraf, durable, helpline, helpline-mongo; with commas",
    readContenders,
  )
  .option("--instances <numbers>", "numbers of instances, such as 1,2,4", readCounts)
  .option("--json <file>", "write all figures there")
  .action(({ instances, ...options }) =>
    instances === undefined ? benchIntake(options) : benchIntakeOfInstances({ instances, ...options }),
  );
bench
  .command("hostile")
  .description("response times of the real bot beside a person who floods it; three minutes")
  .option("--rounds <number>", "rounds of each", wholeNumber, 3)
  .action(benchHostile);
bench
  .command("hostile-answers")
  .description("cost of answers that repeat themselves or never end, on both providers; two minutes")
  .option("--rounds <number>", "rounds of each", wholeNumber, 3)
  .action(benchHostileAnswers);
bench
  .command("media")
  .description("speed and memory of uploads and downloads of 40 MB")
  .option("--rounds <number>", "rounds of each", wholeNumber, 3)
  .option("--json <file>", "write all figures there")
  .action(benchMedia);
bench
  .command("long")
  .description("growth and event-loop delay of the real bot over a long run")
  .option("--minutes <number>", "length of the run", positiveNumber, 30)
  .option("--rate <number>", "updates a second", positiveNumber, 20)
  .option("--json <file>", "write all figures there")
  .action(benchLong);
bench
  .command("own-time")
  .description(
    "the bot's own part of a question's response time, cold and warm, beside a bare loop; three minutes",
  )
  .option("--rounds <number>", "rounds of each", wholeNumber, 10)
  .option("--json <file>", "write all figures there")
  .option("--cpu-prof <folder>", "write the bot's CPU profiles there")
  .action(benchOwnTime);
bench
  .command("capacity")
  .description(
    "questions a second that the real bot takes while its own time is short, and what gives way beyond; twenty minutes",
  )
  .option("--minutes <number>", "how long the rate must be held", positiveNumber, 10)
  .option("--step <seconds>", "length of a step of the search", positiveNumber, 20)
  .option("--limit <ms>", "the p95 of its own time is below", positiveNumber, 100)
  .option("--times <number>", "the overload, as a multiple of the rate", positiveNumber, 1.5)
  .option("--overload <seconds>", "length of the overload", positiveNumber, 60)
  .option("--seed <number>", "repeats the arrivals of an earlier run", wholeNumber, 1)
  .option("--json <file>", "write all figures there")
  .action(benchCapacity);
bench
  .command("start")
  .description("time of the real bot to its first poll, and to stop")
  .option("--rounds <number>", "number of rounds", wholeNumber, 5)
  .action(benchStart);
bench
  .command("store")
  .description("operations a second of the embedded database, or of MONGODB_URI")
  .option("--operations <number>", "operations of each kind", wholeNumber, 3000)
  .option(
    "--documents <number>",
    "documents of a large collection, at most five minutes; 0 leaves it out",
    wholeNumberOrZero,
    1_000_000,
  )
  .option("--json", "print JSON")
  .action(benchStore);

try {
  await bench.parseAsync();
} catch (error) {
  if (!(error instanceof OperatorError)) throw error;
  console.error(error.message); // such as that Redis is missing
  process.exitCode = 1;
}
