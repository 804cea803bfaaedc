import type { Cluster, Job } from "../../cluster/index.ts";
import type { ChatMoves } from "../../conversation/index.ts";
import { type Clock, errorCode, type Logger } from "../../core/index.ts";

/** How often the stored moves are read again, because an announcement may be lost, in milliseconds. */
const READ_MS = 5_000;

/** Keeps up with the groups whose move to a supergroup arrived at another instance. */
export function followMovesElsewhere(
  moves: Pick<ChatMoves, "learn" | "load">,
  instances: Pick<Cluster, "onAnnouncement">,
  { clock, logger }: { clock: Clock; logger: Logger },
): Job {
  const stopping = new AbortController();

  instances.onAnnouncement((announcement) => {
    if (announcement.kind === "moved") moves.learn(announcement.fromChatId, announcement.toChatId);
  });

  const reading = (async () => {
    while (!stopping.signal.aborted) {
      await clock.sleep(READ_MS, stopping.signal).catch(() => {}); // stopped
      if (stopping.signal.aborted) break;
      await moves
        .load()
        .catch((error: unknown) =>
          logger.debug("The moves of groups could not be read; tried again", { code: errorCode(error) }),
        );
    }
  })();

  return {
    async stop() {
      stopping.abort();
      await reading;
    },
  };
}
