/** The page's line to the server: an event stream that comes back by itself, and the two things a person can do. */

const RETRY_MS = 1000;

/**
 * Keeps the event stream open. The browser reconnects after a broken line; after a refusal we do.
 * @param {number} user
 * @param {{ onEvent: (event: object) => void, onLost: () => void }} handlers
 */
export function connect(user, { onEvent, onLost }) {
  const source = new EventSource(`/chat/events?user=${user}`);
  source.addEventListener("message", ({ data }) => onEvent(JSON.parse(data)));
  source.addEventListener("error", () => {
    onLost();
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => connect(user, { onEvent, onLost }), RETRY_MS);
    }
  });
}

/** Sends a text. Throws an error with a sentence for the person when it did not arrive. */
export function sendText(user, text) {
  return post("/chat/messages", { user, text });
}

/** Presses an inline button and gives the id its answer will carry. */
export async function pressButton(user, messageId, data) {
  const { callbackQueryId } = await post("/chat/presses", { user, messageId, data });
  return callbackQueryId;
}

async function post(url, body) {
  const response = await reach(url, body);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `Refused (${response.status})`);
  return answer;
}

async function reach(url, body) {
  try {
    return await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch (cause) {
    throw new Error("Not sent: the bot's program is not running.", { cause });
  }
}
