import type { Exchange } from "../../lib/conversation/exchange.ts";

/** An exchange with somebody unknown, in private. */
export const EXCHANGE: Exchange = {
  seq: 5,
  at: new Date(0),
  chatKey: "chat:7",
  chatId: 7,
  isPrivate: true,
  isPress: false,
  personId: 7,
  language: "en",
  messageId: 30,
  person: null,
  session: null,
  isOperator: false,
  isQuoting: false,
};
