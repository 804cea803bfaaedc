import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/** Below Linux's ephemeral ports, from which `listen(0)` takes one: no other test gets such a port by chance. */
const [FIRST, END] = [20_000, 32_000];

/** A port that is free now, for programs that must know their own address before they start. */
export async function freePort(): Promise<number> {
  const port = randomInt(FIRST, END);
  const server = createServer();
  const isFree = new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
  });
  if (!(await isFree)) return await freePort();
  server.close();
  await once(server, "close");
  return port;
}
