import type { MongoClient } from "mongodb";
import { errorCode } from "../core/index.ts";
import { notifyCallers } from "./batching/command-group.ts";

/** Is notified of what the driver does. Durations are in milliseconds, errors are codes. */
export interface DriverObserver {
  /** A command is sent, after a wait for its connection; called in the async context of each call it serves. */
  commandStarted(waitedMs: number): void;
  /** A command ended. `command` is its name and collection, such as `find.updates`. */
  commandEnded(command: string, durationMs: number, error?: string): void;
  /** A connection was checked out of the pool, or the checkout failed. */
  checkedOut(durationMs: number, error?: string): void;
}

export function observeDriver(client: MongoClient, observer: DriverObserver): void {
  /** Names of the commands in flight, by request id. */
  const names = new Map<number, string>();
  /** How long each connection was waited for that has not sent its first command; both events name the connection. */
  const waits = new Map<string, number>();
  function end(requestId: number, commandName: string, durationMs: number, error?: string): void {
    const name = names.get(requestId) ?? commandName;
    names.delete(requestId);
    observer.commandEnded(name, durationMs, error);
  }
  client.on("commandStarted", ({ requestId, commandName, command, address, connectionId }) => {
    const collection: unknown = commandName === "getMore" ? command.collection : command[commandName];
    names.set(requestId, typeof collection === "string" ? `${commandName}.${collection}` : commandName);
    const connection = `${address} ${connectionId}`;
    const waitedMs = waits.get(connection) ?? 0;
    waits.delete(connection);
    notifyCallers(() => observer.commandStarted(waitedMs));
  });
  client.on("commandSucceeded", ({ requestId, commandName, duration }) =>
    end(requestId, commandName, duration),
  );
  client.on("commandFailed", ({ requestId, commandName, duration, failure }) =>
    end(requestId, commandName, duration, errorCode(failure)),
  );
  client.on("connectionCheckedOut", ({ address, connectionId, durationMS }) => {
    waits.set(`${address} ${connectionId}`, durationMS);
    observer.checkedOut(durationMS);
  });
  client.on("connectionClosed", ({ address, connectionId }) => waits.delete(`${address} ${connectionId}`));
  client.on("connectionCheckOutFailed", ({ durationMS, reason }) => observer.checkedOut(durationMS, reason));
}

/** The present state of the connection pool. */
export interface PoolStats {
  connections: number;
  inUse: number;
  /** Operations that wait for a connection. */
  waiting: number;
}

/** Counts the pool's connections. @returns a function that reads the present counts */
export function watchPool(client: MongoClient): () => PoolStats {
  const stats: PoolStats = { connections: 0, inUse: 0, waiting: 0 };
  client.on("connectionCreated", () => {
    stats.connections += 1;
  });
  client.on("connectionClosed", () => {
    stats.connections -= 1;
  });
  client.on("connectionCheckOutStarted", () => {
    stats.waiting += 1;
  });
  client.on("connectionCheckOutFailed", () => {
    stats.waiting -= 1;
  });
  client.on("connectionCheckedOut", () => {
    stats.waiting -= 1;
    stats.inUse += 1;
  });
  client.on("connectionCheckedIn", () => {
    stats.inUse -= 1;
  });
  return () => ({ ...stats });
}
