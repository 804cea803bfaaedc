import type { Clock } from "../core/index.ts";
import type { ChatMoveStore } from "../store/index.ts";
import { movedChatKey } from "../telegram/index.ts";
import type { Address, Operators } from "./exchange.ts";

/** Where an update belongs. */
type Place = Pick<Address, "chatId" | "chatKey">;

export interface ChatMovesDeps {
  store: ChatMoveStore;
  /** Their chat follows its move. */
  operators: Operators;
  /** Tells the other instances of a move that arrived here. */
  announce?(fromChatId: number, toChatId: number): void;
  clock: Clock;
}

/**
 * The groups that became supergroups, which have another id. Everybody who knows an old id asks here for the present
 * one: a move counts from the moment it arrives, and after a restart.
 */
export class ChatMoves {
  readonly #deps: ChatMovesDeps;
  readonly #toChatId = new Map<number, number>();
  readonly #listeners: ((fromChatId: number) => void)[] = [];

  constructor(deps: ChatMovesDeps) {
    this.#deps = deps;
  }

  /** Calls back with the old id of each group whose move is heard of, wherever it arrived. */
  onMoved(callback: (fromChatId: number) => void): void {
    this.#listeners.push(callback);
  }

  /** Reads the moves of earlier runs and other instances. Call it before anything is handled or sent. */
  async load(): Promise<void> {
    for (const { _id, toChatId } of await this.#deps.store.all()) this.learn(_id, toChatId);
  }

  /** A move arrived: it counts at once, in memory. */
  heard(fromChatId: number, toChatId: number): void {
    if (this.learn(fromChatId, toChatId)) this.#deps.announce?.(fromChatId, toChatId);
  }

  /** Follows a move that another instance announced or an earlier run stored. @returns false when it was known */
  learn(fromChatId: number, toChatId: number): boolean {
    if (this.#toChatId.get(fromChatId) === toChatId) return false;
    if (this.chatIdOf(toChatId) === fromChatId) return false; // not a move but a circle
    this.#toChatId.set(fromChatId, toChatId);
    for (const onMoved of this.#listeners) onMoved(fromChatId);
    const { operators } = this.#deps;
    if (operators.chatId !== undefined) operators.chatId = this.chatIdOf(operators.chatId);
    return true;
  }

  /** Makes a move durable. */
  async note(fromChatId: number, toChatId: number): Promise<void> {
    this.heard(fromChatId, toChatId);
    await this.#deps.store.note({ _id: fromChatId, toChatId, at: new Date(this.#deps.clock.now()) });
  }

  /** The present id of a chat. */
  chatIdOf(chatId: number): number {
    const moved = this.#toChatId.get(chatId);
    return moved === undefined ? chatId : this.chatIdOf(moved);
  }

  /** The present mailbox of a chat, or of one of its threads. */
  chatKeyOf(chatKey: string): string {
    const chatId = Number(/^chat:(-\d+)/.exec(chatKey)?.[1]);
    return Number.isNaN(chatId) ? chatKey : movedChatKey(chatKey, chatId, this.chatIdOf(chatId));
  }

  /** The same place under the chat's present id. */
  follow<P extends Place>(place: P): P {
    const chatId = this.chatIdOf(place.chatId);
    return chatId === place.chatId ? place : { ...place, chatId, chatKey: this.chatKeyOf(place.chatKey) };
  }
}
