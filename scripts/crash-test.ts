import { Command } from "commander";
import { runCrashes } from "../test/fault/crash-run.ts";
import { wholeNumber } from "./numbers.ts";

const command = new Command("npm run crash-test --")
  .description(
    "Kills the real bot again and again while people ask, and checks that nothing is lost, doubled or out of order",
  )
  .argument("[kills]", "how often it is killed", wholeNumber, 10)
  .option("--chats <number>", "chats that ask", wholeNumber, 60)
  .option("--questions <number>", "questions asked in all", wholeNumber, 300)
  .option("--seed <number>", "repeats the choices of an earlier run", wholeNumber, 1)
  .parse();

const { chats, questions, seed } = command.opts<{ chats: number; questions: number; seed: number }>();
const kills = command.processedArgs[0] as number;
const report = await runCrashes({ kills, chats, questions, seed, onProgress: (line) => console.log(line) });
console.table(report);
const { unanswered, outOfOrder, duplicates, wrongInHistory } = report;
if (unanswered + outOfOrder + duplicates + wrongInHistory > 0) process.exitCode = 1;
