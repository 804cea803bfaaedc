import { Command, InvalidArgumentError } from "commander";
import { runCrashes } from "../test/fault/crash-run.ts";

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("Give a whole number above 0.");
  return value;
}

const command = new Command("npm run crash-test --")
  .description(
    "Kills the real bot again and again while people ask, and checks that nothing is lost, doubled or out of order",
  )
  .argument("[kills]", "how often it is killed", positive, 10)
  .option("--chats <number>", "chats that ask", positive, 60)
  .option("--questions <number>", "questions asked in all", positive, 300)
  .option("--seed <number>", "repeats the choices of an earlier run", positive, 1)
  .parse();

const { chats, questions, seed } = command.opts<{ chats: number; questions: number; seed: number }>();
const kills = command.processedArgs[0] as number;
const report = await runCrashes({ kills, chats, questions, seed, onProgress: (line) => console.log(line) });
console.table(report);
const { unanswered, outOfOrder, duplicates, wrongInHistory } = report;
if (unanswered + outOfOrder + duplicates + wrongInHistory > 0) process.exitCode = 1;
