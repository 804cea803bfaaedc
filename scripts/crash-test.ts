import { Command } from "commander";
import { runCrashes } from "../test/fault/crash-run.ts";
import { runInstancesCrashes } from "../test/fault/instances/crash-run.ts";
import { hasRedis } from "../test/support/servers/redis.ts";
import { wholeNumber } from "./terminal/numbers.ts";

const command = new Command("npm run crash-test --")
  .description(
    "Kills the real bot again and again while people ask, and checks that nothing is lost, doubled or out of order",
  )
  .argument("[kills]", "how often it is killed", wholeNumber, 10)
  .option("--chats <number>", "chats that ask", wholeNumber, 60)
  .option("--questions <number>", "questions asked in all", wholeNumber, 300)
  .option("--seed <number>", "repeats the choices of an earlier run", wholeNumber, 1)
  .option(
    "--instances <number>",
    "runs several instances on Redis, one of which is killed every 2 s",
    wholeNumber,
    1,
  )
  .option("--freeze", "freezes one of at least three instances for 12 s, every 6 s, instead of killing it")
  .option("--clock", "sets the clock of one of several instances back an hour while it runs")
  .parse();

const { chats, questions, seed, instances, freeze, clock } = command.opts<{
  chats: number;
  questions: number;
  seed: number;
  instances: number;
  freeze?: true;
  clock?: true;
}>();
const kills = command.processedArgs[0] as number;
if (freeze && instances < 3) command.error("--freeze needs --instances of at least 3.");
if (clock && instances < 2) command.error("--clock needs --instances of at least 2.");
if (instances > 1) await crashInstances();
else await crashOne();

async function crashOne(): Promise<void> {
  const report = await runCrashes({ kills, chats, questions, seed, onProgress: (line) => console.log(line) });
  console.table(report);
  const { unanswered, outOfOrder, duplicates, wrongInHistory } = report;
  if (unanswered + outOfOrder + duplicates + wrongInHistory > 0) process.exitCode = 1;
}

async function crashInstances(): Promise<void> {
  if (!(await hasRedis())) {
    console.error("redis-server is missing: install it, on Debian with `apt-get install redis-server`.");
    process.exitCode = 1;
    return;
  }
  const report = await runInstancesCrashes({
    kills,
    instances,
    chats,
    questions,
    seed,
    dropped: 0.05,
    freezes: freeze === true,
    setsClockBack: clock === true,
    onProgress: (line) => console.log(line),
  });
  console.table(report);
  const { lost, outOfOrder, duplicates, givenUp, wrongInHistory, askedTooOften } = report;
  if (lost + outOfOrder + duplicates + givenUp + wrongInHistory + askedTooOften > 0) process.exitCode = 1;
}
