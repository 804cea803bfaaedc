import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { observeDriver, startMeasuring } from "../../../lib/app/index.ts";
import { silentLogger, systemClock } from "../../../lib/core/index.ts";
import { startEmbeddedMongo } from "../../../lib/embedded-mongo/index.ts";
import { Inbox } from "../../../lib/inbox/index.ts";
import {
  bindPerformanceMonitor,
  createPerformanceMonitor,
  type PerformanceMonitor,
} from "../../../lib/performance/index.ts";
import { createOutageCheck, openStore } from "../../../lib/store/index.ts";
import { Outbox, Poller, TelegramApi } from "../../../lib/telegram/index.ts";
import { startProcess } from "../child.ts";
import { type Contender, handlerMsOf, TOKEN } from "./load.ts";

const BOT_ID = 7_000_000_003;

/**
 * Helpline's pipeline with everything on: each update and each send is durable, and everything is measured with traces.
 * Only the conversation is replaced by the bench's handler.
 * @param isDatabaseApart whether the database runs in a process of its own, like a MongoDB, whose CPU is not counted
 */
export function createHelpline({ isDatabaseApart }: { isDatabaseApart: boolean }): Contender {
  let begin: () => void;
  let monitor: PerformanceMonitor;

  return {
    async prepare(settings) {
      const uri = isDatabaseApart ? await startDatabaseProcess() : (await startDatabase()).uri;
      const deps = { clock: systemClock, logger: silentLogger, random: Math.random };
      monitor = createPerformanceMonitor({
        mode: "full",
        slowOperationMs: 1_000,
        logger: silentLogger,
      });
      bindPerformanceMonitor(monitor);
      const store = await openStore({
        uri,
        database: "bench",
        maxPoolSize: 50,
        minPoolSize: 10,
        clock: systemClock,
        observer: observeDriver(monitor),
      });
      startMeasuring(monitor, store, { ...deps, instance: "bench" });
      const api = new TelegramApi({ token: TOKEN, apiRoot: settings.apiRoot });
      const { pseudonym } = store;
      const outbox = new Outbox({
        ...deps,
        pseudonym,
        api,
        store: store.outbox,
        botId: BOT_ID,
        onBlocked() {},
      });
      const inbox = new Inbox({
        ...deps,
        pseudonym,
        botId: BOT_ID,
        maxConcurrentChats: settings.chats,
        store: store.updates,
        parse: (update) => update,
        handle({ seq, chatKey, update }) {
          return monitor.trace(
            "process_bench",
            { update: update.update_id, chat: pseudonym(chatKey) },
            async () => {
              const chatId = update.message?.chat.id ?? 0;
              const text = update.message?.text ?? "";
              if (settings.handlerMs > 0) await sleep(handlerMsOf(settings, chatId, text));
              const params = { chat_id: chatId, text };
              await outbox.record([{ seq, step: 1, chatKey, chatId, method: "sendMessage", params }]);
            },
          );
        },
        arrived() {},
        giveUp: async () => {},
        isOutage: createOutageCheck(systemClock),
      });
      const poller = new Poller({ ...deps, api, accept: (updates) => inbox.accept(updates), onFatal });
      await outbox.recover();
      await inbox.start();
      begin = () => poller.start();
    },
    begin: () => begin(),
    monitoredCalls: () => Object.values(monitor.getStats()).reduce((sum, { count }) => sum + count, 0),
  };
}

/** The embedded database in a process of its own, in place of a MongoDB. */
export async function startDatabaseProcess(): Promise<string> {
  return startProcess("database", import.meta.url).ask<string>("start");
}

function onFatal(error: unknown): never {
  throw error;
}

/** An embedded database on the disk, in a temporary folder. */
export async function startDatabase(): Promise<{ uri: string }> {
  const path = await mkdtemp(join(tmpdir(), "helpline-bench-"));
  const database = await startEmbeddedMongo({ path, clock: systemClock, logger: silentLogger });
  process.once("exit", () => rmSync(path, { recursive: true, force: true }));
  return database;
}
