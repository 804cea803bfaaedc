import { AppError, type Logger } from "../../core/index.ts";
import type { RecordedCall } from "../bot-api/call-log.ts";
import type { ChatAction, Draft, Reaction } from "./chat-view.ts";
import type { ReplyKeyboard, WireMessage } from "./wire.ts";

/** An event of the simulation, for the chat page and for tests that wait. */
export type SandboxEvent =
  | { type: "message"; chatId: number; message: WireMessage }
  | { type: "edited"; chatId: number; message: WireMessage }
  | { type: "deleted"; chatId: number; messageId: number }
  | { type: "draft"; chatId: number; draft: Draft }
  | { type: "action"; chatId: number; action: ChatAction }
  | { type: "reactions"; chatId: number; messageId: number; reactions: readonly Reaction[] }
  | { type: "keyboard"; chatId: number; keyboard: ReplyKeyboard | null }
  /** The bot has confirmed the updates of the chat's messages up to this one. */
  | { type: "read"; chatId: number; messageId: number }
  | { type: "callback-answer"; chatId: number; userId: number; answer: CallbackAnswer }
  | { type: "commands" }
  /** A group was created, renamed or turned into a supergroup. */
  | { type: "groups" }
  | { type: "update"; updateId: number }
  | { type: "confirmed"; pending: number }
  | { type: "call"; call: RecordedCall };

/** The bot's answer to a pressed button. */
export interface CallbackAnswer {
  callbackQueryId: string;
  messageId: number;
  text?: string;
  showAlert: boolean;
}

export type SandboxListener = (event: SandboxEvent) => void;

/** Delivers events to listeners. An error of one listener is logged and does not keep the others from the event. */
export class Events {
  private readonly listeners = new Set<SandboxListener>();
  private readonly waiting = new Set<(reason: AppError) => void>();
  private readonly logger: Logger;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  /** Calls the listener at every event. @returns a function that unsubscribes it. */
  subscribe(listener: SandboxListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  readonly emit = (event: SandboxEvent): void => {
    for (const listener of this.listeners) {
      try {
        listener(event);
      } catch (error) {
        this.logger.error("A listener of the simulated Telegram failed", { event: event.type, error });
      }
    }
  };

  /**
   * Calls `look` now and after every event, and resolves with its first result other than undefined, null and false.
   * @throws the signal's reason; an AppError when the simulation stops first.
   */
  waitFor<Found>(look: () => Found | undefined | null | false, signal?: AbortSignal): Promise<Found> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        unsubscribe();
        this.waiting.delete(fail);
        signal?.removeEventListener("abort", abort);
        settle();
      };
      const fail = (reason: unknown) => end(() => reject(reason));
      const abort = () => fail(signal?.reason);
      const check = () => {
        try {
          const found = look();
          if (found !== undefined && found !== null && found !== false) end(() => resolve(found));
        } catch (error) {
          fail(error);
        }
      };
      const unsubscribe = this.subscribe(check);
      this.waiting.add(fail);
      signal?.addEventListener("abort", abort);
      if (signal?.aborted) abort();
      else check();
    });
  }

  /** Rejects every pending `waitFor`. */
  stop(): void {
    for (const fail of this.waiting) {
      fail(new AppError("the simulated Telegram stopped", { code: "SANDBOX_STOPPED" }));
    }
  }
}
