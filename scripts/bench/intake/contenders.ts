import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { run, sequentialize } from "@grammyjs/runner";
import { Bot } from "grammy";
import { Telegraf } from "telegraf";
import { createDurable } from "./durable.ts";
import { createHelpline } from "./helpline.ts";
import { type Contender, type ContenderSettings, handlerMsOf, TOKEN } from "./load.ts";

/** Creates each contender, by name. */
export const CONTENDERS: Readonly<Record<string, () => Contender>> = {
  floor: createFloor,
  grammy: createGrammy,
  telegraf: createTelegraf,
  durable: createDurable,
  helpline: () => createHelpline({ isDatabaseApart: false }),
  "helpline-mongo": () => createHelpline({ isDatabaseApart: true }),
};

/** The descriptions of the contenders in the table. */
export const TITLES: Readonly<Record<string, string>> = {
  floor: "bare http loop",
  grammy: "grammY runner, sequentialize",
  telegraf: "telegraf",
  durable: "grammY, MongoDB sessions, BullMQ",
  helpline: "Helpline, database within",
  "helpline-mongo": "Helpline, database beside",
};

/** The minimum: polls, waits and replies, in order within each chat; nothing is durable and no failure handled. */
function createFloor(): Contender {
  let settings: ContenderSettings;
  const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
  const chats = new Map<number, Promise<unknown>>();

  function call(method: string, params: Record<string, unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const url = `${settings.apiRoot}/bot${TOKEN}/${method}`;
      const headers = { "content-type": "application/json" };
      const request = http.request(url, { method: "POST", agent, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => resolve((JSON.parse(text) as { result: unknown }).result));
      });
      request.on("error", reject);
      request.end(JSON.stringify(params));
    });
  }

  async function reply(chatId: number, text: string): Promise<void> {
    if (settings.handlerMs > 0) await sleep(handlerMsOf(settings, chatId, text));
    await call("sendMessage", { chat_id: chatId, text });
  }

  async function poll(): Promise<void> {
    let offset = 0;
    for (;;) {
      const batch = (await call("getUpdates", { offset, limit: 100, timeout: 50 })) as {
        update_id: number;
        message: { chat: { id: number }; text: string };
      }[];
      for (const { update_id, message } of batch) {
        offset = update_id + 1;
        const { id } = message.chat;
        chats.set(
          id,
          (chats.get(id) ?? Promise.resolve()).then(() => reply(id, message.text)),
        );
      }
    }
  }

  return {
    async prepare(given) {
      settings = given;
    },
    begin: () => void poll(),
  };
}

function createGrammy(): Contender {
  let bot: Bot;
  let concurrency: number;
  return {
    async prepare(settings) {
      bot = new Bot(TOKEN, { client: { apiRoot: settings.apiRoot } });
      concurrency = settings.chats;
      bot.use(sequentialize((context) => String(context.chat?.id)));
      bot.on("message:text", async (context) => {
        const { chat, text } = context.message;
        if (settings.handlerMs > 0) await sleep(handlerMsOf(settings, chat.id, text));
        await context.reply(text);
      });
      await bot.init();
    },
    begin: () => void run(bot, { sink: { concurrency } }),
  };
}

function createTelegraf(): Contender {
  let bot: Telegraf;
  return {
    async prepare(settings) {
      bot = new Telegraf(TOKEN, { telegram: { apiRoot: settings.apiRoot } });
      bot.on("message", async (context) => {
        const text = "text" in context.message ? context.message.text : "";
        if (settings.handlerMs > 0) await sleep(handlerMsOf(settings, context.chat.id, text));
        await context.reply(text);
      });
      bot.botInfo = await bot.telegram.getMe();
    },
    begin: () => void bot.launch(),
  };
}
