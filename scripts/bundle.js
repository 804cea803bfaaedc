// How esbuild makes `dist/lib` of `lib`: `main.js`, and beside it the program that draws charts; and `dist/performance.js`.
// Bundling puts our files and most packages into a few files: finding, reading and linking hundreds of modules took a
// quarter of the time from the start to the first poll. Nothing is minified, so that a stack trace names functions; a
// comment above each module's code names its source file.
import { readdirSync, rmSync } from "node:fs";

const FOLDER = "dist/lib";

/** @satisfies {import("esbuild").BuildOptions} */
export const BUNDLE = {
  entryPoints: { main: "lib/main.ts", "stats-chart-process": "lib/operations/stats-chart-process.ts" },
  outdir: FOLDER,
  bundle: true,
  splitting: true, // modules that are imported lazily stay in files of their own
  format: "esm",
  platform: "node",
  target: "node20",
  // lmdb and resvg load native code; echarts is only needed for charts.
  external: ["lmdb", "@resvg/resvg-js", "echarts"],
  // CommonJS packages call `require` for Node's modules.
  banner: {
    js: 'import { createRequire as requireFor } from "node:module";\nconst require = requireFor(import.meta.url);',
  },
  metafile: true,
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
 * Removes what an earlier build left. A running bot has loaded all the files it needs.
 * @param {import("esbuild").Metafile} metafile of the build that has just ended.
 */
export function removeStaleFiles(metafile) {
  const built = new Set(Object.keys(metafile.outputs));
  for (const name of readdirSync(FOLDER)) {
    const path = `${FOLDER}/${name}`;
    if (!built.has(path)) rmSync(path, { recursive: true });
  }
}
