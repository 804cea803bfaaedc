// Builds what `npm start` runs. Plain JavaScript, so that it starts without a compiler.
import { build } from "esbuild";
import { BUNDLE, removeStaleFiles } from "./bundle.js";

const { metafile } = await build(BUNDLE);
removeStaleFiles(metafile);
