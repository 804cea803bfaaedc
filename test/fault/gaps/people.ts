export const BOT = { id: 7, username: "helpline_bot" };

export interface Person {
  id: number;
  is_bot: false;
  first_name: string;
  language_code: string;
}

export interface Chat {
  id: number;
  type: string;
  title?: string;
}

const person = (id: number, first_name: string): Person => ({
  id,
  is_bot: false,
  first_name,
  language_code: "en",
});

export const ANN = person(100, "Ann");
export const BEN = person(200, "Ben");
export const OPERATOR = person(900, "Olga");
export const GROUP: Chat = { id: -5, type: "group", title: "Class" };
export const NEW_GROUP: Chat = { id: -1005, type: "supergroup", title: "Class" };
export const OPERATORS: Chat = { id: -9, type: "group", title: "Team" };
export const NEW_OPERATORS: Chat = { id: -1009, type: "supergroup", title: "Team" };

export const privateChat = ({ id }: Person): Chat => ({ id, type: "private" });
