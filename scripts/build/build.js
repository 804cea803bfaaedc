// Builds what `npm start` runs and what the package exports; with the argument `all`, the commands for operators as
// well, with `start`, what is missing for a start.
// Plain JavaScript, so that it starts without a compiler.
import { BUNDLE, buildAll, COMMANDS_BUNDLE, LEARN_BUNDLE, PERFORMANCE_BUNDLE } from "./bundle.js";
import { contentReader, learnFromContent } from "./learnt.js";

const [purpose] = process.argv.slice(2);
await buildAll([LEARN_BUNDLE]);
const bot = { ...BUNDLE, define: { CONTENT_READER: JSON.stringify(contentReader()) } };
await buildAll([bot, PERFORMANCE_BUNDLE, ...(purpose === "all" ? [COMMANDS_BUNDLE] : [])]);
await learnFromContent({ isForStart: purpose === "start" });
