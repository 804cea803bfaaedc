// Builds what `npm start` runs and what the package exports; with the argument `all`, the commands for operators as well.
// Plain JavaScript, so that it starts without a compiler.
import { BUNDLE, buildAll, COMMANDS_BUNDLE, PERFORMANCE_BUNDLE } from "./bundle.js";

await buildAll([BUNDLE, PERFORMANCE_BUNDLE, ...(process.argv[2] === "all" ? [COMMANDS_BUNDLE] : [])]);
