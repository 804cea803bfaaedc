// Makes of `lib` what `npm start` runs: `dist/lib/main.js`, and beside it the program that draws charts.
// Our files and most packages go into few: finding, reading and linking the hundreds they are made of took a quarter of
// the time to the first poll. Nothing is minified, so a stack trace still names functions, and the line it points to
// stands below the name of the file it came from.
import { readdirSync, rmSync } from "node:fs";
import { build } from "esbuild";

const FOLDER = "dist/lib";

const { metafile } = await build({
  entryPoints: { main: "lib/main.ts", "stats-chart-process": "lib/operations/stats-chart-process.ts" },
  outdir: FOLDER,
  bundle: true,
  splitting: true, // what is imported later stays in files of its own
  format: "esm",
  platform: "node",
  target: "node20",
  // Two bring machine code, and one is only for charts.
  external: ["lmdb", "@resvg/resvg-js", "echarts"],
  // Packages that are no ES modules require Node's own by this name.
  banner: {
    js: 'import { createRequire as requireFor } from "node:module";\nconst require = requireFor(import.meta.url);',
  },
  metafile: true,
});

// What an earlier build left goes last: a bot that runs has loaded all it needs.
const built = new Set(Object.keys(metafile.outputs));
for (const name of readdirSync(FOLDER)) {
  const path = `${FOLDER}/${name}`;
  if (!built.has(path)) rmSync(path, { recursive: true });
}
