// Builds what `npm start` runs and what the package exports; with the argument `all`, the commands for operators as well.
// Plain JavaScript, so that it starts without a compiler.
import { BUNDLE, buildAll, COMMANDS_BUNDLE, LEARN_BUNDLE, PERFORMANCE_BUNDLE } from "./bundle.js";
import { learnFromContent } from "./learnt.js";

const isForAll = process.argv[2] === "all";
await buildAll([BUNDLE, PERFORMANCE_BUNDLE, LEARN_BUNDLE, ...(isForAll ? [COMMANDS_BUNDLE] : [])]);
await learnFromContent();
