import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";

/** A load balancer of a test's own. */
export interface TestNginx {
  /** Its address. */
  url: string;
  close(): Promise<void>;
}

/** Whether `nginx` is installed, as Debian's package of that name does. */
export async function hasNginx(): Promise<boolean> {
  const child = spawn("nginx", ["-v"], { stdio: "ignore" });
  return await new Promise((resolve) => {
    child.on("error", () => resolve(false));
    child.on("exit", (code) => resolve(code === 0));
  });
}

/** Starts nginx, which passes each call on to one of the ports, in turn. */
export async function startNginx(ports: readonly number[]): Promise<TestNginx> {
  const folder = await mkdtemp(join(tmpdir(), "helpline-nginx-"));
  const port = await freePort();
  const path = join(folder, "nginx.conf");
  await writeFile(path, configOf(folder, port, ports));
  const server = spawn("nginx", ["-p", folder, "-e", "stderr", "-c", path], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = once(server, "exit");
  let output = "";
  server.stderr.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`nginx ended:\n${output}`);
    const isUp = await fetch(`${url}/is-up`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) break;
  }
  return {
    url,
    async close() {
      server.kill("SIGTERM");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configOf(folder: string, port: number, ports: readonly number[]): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  return `
daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log stderr warn;
events {}
http {
  access_log off;
  ${temporary.join("\n  ")}
  upstream instances {
    ${ports.map((each) => `server 127.0.0.1:${each};`).join("\n    ")}
  }
  server {
    listen 127.0.0.1:${port};
    location = /is-up { return 204; }
    location = /telegram {
      proxy_pass http://instances;
      client_max_body_size 1m;
    }
  }
}
`;
}
