#!/usr/bin/env node
// The package as a command, in the folder it is called in: `helpline` starts the bot, `helpline stats` and the like are the
// commands that `npm run` has in a clone.
import { cpSync, existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** @param {string} path in the package */
const packaged = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const [name = "start"] = process.argv.slice(2);
// esbuild's chunks have capital letters in their names.
const commands = readdirSync(packaged("dist/commands")).flatMap(
  (file) => /^([a-z-]+)\.js$/.exec(file)?.[1] ?? [],
);

if (name === "start") {
  for (const [folder, setting] of [
    ["content", "CONTENT_DIR"],
    ["media", "MEDIA_DIR"],
  ]) {
    if (process.env[setting] || existsSync(folder)) continue;
    cpSync(packaged(folder), folder, { recursive: true });
    process.stdout.write(`The sample ${folder} is in ./${folder} now: make it yours.\n`);
  }
  await import("../dist/lib/main.js");
} else if (commands.includes(name)) {
  process.argv.splice(2, 1);
  await import(`../dist/commands/${name}.js`);
} else {
  const isAsked = ["help", "--help", "-h"].includes(name);
  const usage = `Usage: helpline [start | ${commands.join(" | ")}] [options]\n`;
  (isAsked ? process.stdout : process.stderr).write(usage);
  process.exitCode = isAsked ? 0 : 2;
}
