// Runs a command for operators: `npm run stats` is `node scripts/build/run.js stats`. Each is a program of scripts/ that is
// built like the bot, because the container and the installed package have no compiler.
import { buildAll, COMMANDS_BUNDLE } from "./bundle.js";

const [name] = process.argv.splice(2, 1);
await buildAll([COMMANDS_BUNDLE]);
await import(`../../dist/commands/${name}.js`);
