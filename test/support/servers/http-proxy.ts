import http from "node:http";
import net, { type AddressInfo } from "node:net";

/** An HTTP proxy that tunnels to servers on this machine, by the names the tests give them. */
export interface HttpProxy {
  url: string;
  /** What each CONNECT asked for, as `host:port`. */
  tunnels: string[];
  close(): Promise<void>;
}

/** @param servers the addresses by host name; a CONNECT to any other name is answered with 502 */
export async function startHttpProxy(servers: Readonly<Record<string, string>> = {}): Promise<HttpProxy> {
  const tunnels: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = http.createServer();
  server.on("connect", (request, client: net.Socket) => {
    tunnels.push(request.url ?? "");
    client.on("error", () => {});
    const targetUrl = servers[new URL(`http://${request.url}`).hostname];
    if (targetUrl === undefined) {
      client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
      return;
    }
    const target = net.connect(Number(new URL(targetUrl).port), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      target.pipe(client).pipe(target);
    });
    target.on("error", () => client.destroy());
    sockets.add(client).add(target);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
