// `npm run dev`: builds and starts the bot, and does both again when the source changes. Content, media, the pages' files
// and `.env` are read at the start, so a change of those restarts the bot without a build.
import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { context } from "esbuild";
import { BUNDLE, removeStaleFiles } from "./bundle.js";

const RESTART_FOLDERS = ["content", "media", "lib/web/page", "lib/sandbox/page"];
/** An editor writes a file in several steps. */
const SETTLE_MS = 200;

/** @type {import("node:child_process").ChildProcess | undefined} */
let bot;
/** @type {NodeJS.Timeout | undefined} */
let settling;
let isRestarting = false;
let isRestartWanted = false;
let isEnding = false;

/** @param {string} text */
const say = (text) => process.stderr.write(`[dev] ${text}\n`);

/** Starts the bot in a process group of its own, so that Ctrl-C reaches it only through this process. */
function start() {
  const started = spawn(process.execPath, ["dist/lib/main.js"], {
    stdio: ["ignore", "inherit", "inherit"],
    detached: true,
  });
  bot = started;
  started.once("exit", (code, signal) => {
    bot = undefined;
    if (!isRestarting && !isEnding) say(`The bot ended (${signal ?? code}). Waiting for a change.`);
  });
}

/** Tells the bot to stop, and resolves once it has ended. */
async function stop() {
  const running = bot;
  if (!running) return;
  const ended = new Promise((resolve) => running.once("exit", resolve));
  running.kill("SIGTERM");
  await ended;
}

/** Restarts the bot; once more where a change comes meanwhile. */
async function restart() {
  isRestartWanted = true;
  if (isRestarting) return;
  isRestarting = true;
  while (isRestartWanted) {
    isRestartWanted = false;
    await stop();
    if (!isEnding) start();
  }
  isRestarting = false;
}

/** @param {string} what */
function restartSoon(what) {
  clearTimeout(settling);
  settling = setTimeout(() => {
    say(`${what} changed. Restarting.`);
    void restart();
  }, SETTLE_MS);
}

const bundler = await context({
  ...BUNDLE,
  logLevel: "warning",
  plugins: [
    {
      name: "restart",
      setup({ onEnd }) {
        onEnd(({ errors, metafile }) => {
          if (errors.length > 0 || !metafile) return;
          removeStaleFiles(metafile);
          say(bot ? "The source changed. Restarting." : "Starting.");
          void restart();
        });
      },
    },
  ],
});

const watchers = [
  ...RESTART_FOLDERS.map((folder) => watch(folder, { recursive: true }, () => restartSoon(folder))),
  watch(".", (_event, name) => {
    if (name === ".env") restartSoon(name);
  }),
];
await bundler.watch();

async function end() {
  isEnding = true;
  clearTimeout(settling);
  for (const watcher of watchers) watcher.close();
  await bundler.dispose();
  await stop();
}

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    if (isEnding) bot?.kill("SIGKILL");
    else void end();
  });
}
process.on("exit", () => bot?.kill("SIGKILL"));
