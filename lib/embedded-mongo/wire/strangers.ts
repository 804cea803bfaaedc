import type { Socket } from "node:net";
import type { Client } from "../commands/context.ts";

/** A bot has a handful: connections that are being opened, and the driver's monitors, which never authenticate. */
const MAX_STRANGERS = 200;

/** The connections that are not authenticated. A further one replaces the oldest, so that none of them can keep others out. */
export class Strangers {
  private readonly sockets = new Map<Socket, Client>();

  admit(socket: Socket, client: Client): void {
    this.sockets.set(socket, client);
    socket.once("close", () => this.sockets.delete(socket));
    if (this.sockets.size <= MAX_STRANGERS) return;
    for (const [known, { isAuthenticated }] of this.sockets) {
      this.sockets.delete(known);
      if (isAuthenticated) continue;
      known.destroy();
      return;
    }
  }
}
