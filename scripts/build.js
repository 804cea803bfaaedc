// Bundles lib/ into dist/lib: `main.js`, which `npm start` runs, `stats-chart-process.js`, which draws charts, and
// `performance.js`, which is exported as `helpline/performance`.
// Bundled because finding, reading and linking hundreds of files took a quarter of the time to the first poll. Not
// minified: stack traces keep the names of functions, and each bundled file starts with a comment that names its source.
import { readdirSync, rmSync } from "node:fs";
import { build } from "esbuild";

const FOLDER = "dist/lib";

const options = {
  outdir: FOLDER,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // lmdb and resvg load native code; echarts is needed for charts only.
  external: ["lmdb", "@resvg/resvg-js", "echarts"],
  // CommonJS packages call `require` for Node's own modules.
  banner: {
    js: 'import { createRequire as requireFor } from "node:module";\nconst require = requireFor(import.meta.url);',
  },
  metafile: true,
};

const results = await Promise.all([
  build({
    ...options,
    entryPoints: { main: "lib/main.ts", "stats-chart-process": "lib/operations/stats-chart-process.ts" },
    splitting: true, // what is imported dynamically stays in files of its own
  }),
  // On its own, so that nothing of the bot is loaded with it.
  build({ ...options, entryPoints: { performance: "lib/performance/index.ts" } }),
]);

// The files of an earlier build are deleted last: a bot that is running has loaded all it needs.
const built = new Set(results.flatMap(({ metafile }) => Object.keys(metafile.outputs)));
for (const name of readdirSync(FOLDER)) {
  const path = `${FOLDER}/${name}`;
  if (!built.has(path)) rmSync(path, { recursive: true });
}
