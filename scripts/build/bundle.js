// How esbuild makes `dist/lib` of `lib`, `dist/commands` of the commands for operators, and `dist/performance.js`.
// Bundling puts our files and most packages into a few files: finding, reading and linking hundreds of modules took a
// quarter of the time from the start to the first poll. Nothing is minified, so that a stack trace names functions; a
// comment above each module's code names its source file.
import { existsSync, readdirSync, rmSync } from "node:fs";

/** @satisfies {import("esbuild").BuildOptions} */
export const BUNDLE = {
  entryPoints: { main: "lib/main.ts" },
  outdir: "dist/lib",
  bundle: true,
  splitting: true, // modules that are imported lazily stay in files of their own
  format: "esm",
  platform: "node",
  target: "node20",
  // The first two load native code; the others are only needed for several instances.
  external: ["lmdb", "@resvg/resvg-js", "bullmq", "ioredis"],
  // CommonJS packages call `require` for Node's modules.
  banner: {
    js: 'import { createRequire as requireFor } from "node:module";\nconst require = requireFor(import.meta.url);',
  },
  metafile: true,
};

const COMMANDS = [
  "ask",
  "backup",
  "check-content",
  "eval",
  "gaps",
  "instances",
  "move-data",
  "restore",
  "setup",
  "stats",
];

/**
 * The commands of scripts/ that operators run, apart from the bot's files: building them takes nothing from a bot that
 * is running.
 * @satisfies {import("esbuild").BuildOptions}
 */
export const COMMANDS_BUNDLE = {
  ...BUNDLE,
  entryPoints: Object.fromEntries(COMMANDS.map((name) => [name, `scripts/${name}.ts`])),
  outdir: "dist/commands",
};

/**
 * What package.json exports as `helpline/performance`: a file of its own, so that nothing of the bot is loaded with it.
 * @satisfies {import("esbuild").BuildOptions}
 */
export const PERFORMANCE_BUNDLE = {
  ...BUNDLE,
  entryPoints: { performance: "lib/performance/index.ts" },
  outdir: "dist",
  splitting: false,
};

/**
 * What learns from the content at the end of a build.
 * @satisfies {import("esbuild").BuildOptions}
 */
export const LEARN_BUNDLE = {
  ...BUNDLE,
  entryPoints: { learn: "scripts/build/learn.ts" },
  outdir: "dist/build",
};

/** Where it writes what it learnt; `lib/main.ts` reads it. */
export const LEARNT_FOLDER = "dist/learnt";

/**
 * Builds, where the source and the compiler are; elsewhere what is in dist/ has been built. Ends the program with a
 * sentence for the operator where neither is so.
 * @param {readonly import("esbuild").BuildOptions[]} bundles
 */
export async function buildAll(bundles) {
  const esbuild = await import("esbuild").catch(() => null);
  if (!esbuild) {
    if (existsSync("dist/lib/main.js") && existsSync("node_modules")) return;
    stop("Helpline is not installed yet. Run `npm ci` first.");
    return;
  }
  for (const bundle of bundles) {
    const built = await esbuild.build(bundle).catch((/** @type {unknown} */ error) => {
      if (/Could not resolve "(?![.#])/.test(String(error))) {
        stop("A package is missing. After an update, run `npm ci` first.");
      }
      throw error;
    });
    if (built.metafile && bundle.splitting) removeStaleFiles(built.metafile, String(bundle.outdir));
  }
}

/**
 * Removes what an earlier build left. A running bot has loaded all the files it needs.
 * @param {import("esbuild").Metafile} metafile of the build that has just ended.
 * @param {string} folder it was built into
 */
export function removeStaleFiles(metafile, folder = BUNDLE.outdir) {
  const built = new Set(Object.keys(metafile.outputs));
  for (const name of readdirSync(folder)) {
    const path = `${folder}/${name}`;
    if (!built.has(path)) rmSync(path, { recursive: true });
  }
}

/** @param {string} message */
function stop(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
