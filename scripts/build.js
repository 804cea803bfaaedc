// Builds what `npm start` runs and what the package exports. Plain JavaScript, so that it starts without a compiler.
import { BUNDLE, buildAll, PERFORMANCE_BUNDLE } from "./bundle.js";

await buildAll([BUNDLE, PERFORMANCE_BUNDLE]);
