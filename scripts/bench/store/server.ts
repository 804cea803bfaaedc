import { silentLogger, systemClock } from "../../../lib/core/index.ts";
import { startEmbeddedMongo } from "../../../lib/embedded-mongo/index.ts";
import { answerMessages } from "../child.ts";
import { StallWatch } from "../measuring/stalls.ts";

/** The embedded database in a process of its own, so that its event loop is held by nothing else. */
const [path] = process.argv.slice(2);
const server = await startEmbeddedMongo({
  clock: systemClock,
  logger: silentLogger,
  ...(path === undefined ? {} : { path }),
});
const stalls = new StallWatch();

answerMessages({
  address: () => server.uri,
  stall: () => ({ ...stalls.take(), rssMb: Math.round(process.memoryUsage().rss / 1e6) }),
  end: () => server.close(),
});
