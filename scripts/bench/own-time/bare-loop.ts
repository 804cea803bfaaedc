import http from "node:http";
import { answerMessages } from "../child.ts";
import { type Addresses, MODEL, TOKEN } from "./exchange.ts";

/** The minimum: polls, streams the model's answer and sends it; nothing is stored and no failure handled. */

interface Update {
  update_id: number;
  message: { chat: { id: number }; text: string };
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });

function post(url: string, value: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const request = http.request(url, { method: "POST", agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve(text));
    });
    request.on("error", reject);
    request.end(JSON.stringify(value));
  });
}

async function answer({ apiRoot, geminiUrl }: Addresses, { message }: Update): Promise<void> {
  const contents = [{ role: "user", parts: [{ text: message.text }] }];
  const url = `${geminiUrl}/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`;
  const events = (await post(url, { contents })).split("\r\n\r\n").filter((event) => event !== "");
  const text = events.map(
    (event) => JSON.parse(event.slice("data: ".length)).candidates[0].content.parts[0].text,
  );
  await post(`${apiRoot}/bot${TOKEN}/sendMessage`, { chat_id: message.chat.id, text: text.join("") });
}

async function poll(addresses: Addresses): Promise<void> {
  let offset = 0;
  for (;;) {
    const body = await post(`${addresses.apiRoot}/bot${TOKEN}/getUpdates`, { offset, timeout: 50 });
    for (const update of (JSON.parse(body) as { result: Update[] }).result) {
      offset = update.update_id + 1;
      void answer(addresses, update);
    }
  }
}

answerMessages({
  begin: (addresses: Addresses) => void poll(addresses),
});
