import type { Cluster } from "../../cluster/index.ts";
import type { LiveContent, OtherReloads } from "../../content/index.ts";
import type { Clock, Logger } from "../../core/index.ts";

/** How long the other instances may take to read their content, in milliseconds. */
const ANSWER_MS = 2_000;

type Instances = Pick<Cluster, "instance" | "count" | "announce" | "onAnnouncement">;

/**
 * Reads the content anew here and in the other instances, each of which has its own copy of the files, and tells which of
 * them have another content afterwards.
 */
export function reloadEverywhere(
  live: LiveContent,
  instances: Instances,
  { clock, logger }: { clock: Clock; logger: Logger },
): LiveContent["reload"] {
  /** Called with what another instance has after it was told to read it. */
  let heard: ((instance: string, version: string | null) => void) | undefined;

  instances.onAnnouncement((announcement) => {
    if (announcement.kind === "reloaded") heard?.(announcement.instance, announcement.version);
    if (announcement.kind === "reload") void reloadHere();
  });

  async function reloadHere(): Promise<void> {
    const reloaded = await live.reload().catch((error: unknown) => {
      logger.error("The content could not be read anew", { error });
      return undefined;
    });
    if (reloaded?.ok) logger.info("The content was read anew, because another instance was told to");
    else if (reloaded) logger.error(reloaded.mistakes);
    const version = reloaded?.ok ? live.content.version : null;
    await instances.announce({ kind: "reloaded", instance: instances.instance, version }).catch(() => {}); // it looks silent
  }

  return async () => {
    const versions = new Map<string, string | null>();
    const waiting = new AbortController();
    heard = (instance, version) => {
      versions.set(instance, version);
      if (versions.size >= instances.count() - 1) waiting.abort();
    };
    // At once, so that all read at the same time.
    await instances
      .announce({ kind: "reload" })
      .catch(() => logger.warn("The other instances could not be told to read the content anew"));
    const reloaded = await live.reload();
    const isAlone = instances.count() === 1;
    if (!isAlone && !waiting.signal.aborted) await clock.sleep(ANSWER_MS, waiting.signal).catch(() => {}); // all have answered
    heard = undefined;
    if (!reloaded.ok) return reloaded;
    const others: OtherReloads = {
      differing: [...versions].flatMap(([name, version]) => (version === live.content.version ? [] : [name])),
      silent: Math.max(0, instances.count() - 1 - versions.size),
    };
    return { ...reloaded, others };
  };
}
