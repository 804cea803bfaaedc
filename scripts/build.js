// Builds what `npm start` runs and what the package exports. Plain JavaScript, so that it starts without a compiler.
import { build } from "esbuild";
import { BUNDLE, PERFORMANCE_BUNDLE, removeStaleFiles } from "./bundle.js";

const [{ metafile }] = await Promise.all([build(BUNDLE), build(PERFORMANCE_BUNDLE)]);
removeStaleFiles(metafile);
