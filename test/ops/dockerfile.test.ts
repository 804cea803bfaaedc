import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { expect } from "chai";
import { environmentIn, type Folder, giveAway, openFolder, run, sizeMb, startBot } from "./support.ts";

interface Instruction {
  name: string;
  text: string;
}

/** Lines of a Dockerfile, without comments. */
function readDockerfile(): Instruction[] {
  return readFileSync("Dockerfile", "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => {
      const [name = "", ...rest] = line.split(" ");
      return { name, text: rest.join(" ") };
    });
}

/** A stage of the image as a folder: `/app` of the image is `app` in it. */
interface Stage {
  name: string;
  root: string;
  workdir: string;
  env: Record<string, string>;
  /** The last of each other instruction, such as CMD. */
  last: Map<string, string>;
}

/** Runs the steps of the Dockerfile in folders, as the unprivileged user. */
class FolderBuild {
  readonly stages: Stage[] = [];
  readonly #folder: string;
  readonly #context: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#context = join(folder, "context");
    const ignored = readFileSync(".dockerignore", "utf8").trim().split("\n");
    const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { encoding: "utf8" });
    for (const file of files.trim().split("\n")) {
      const isLeftOut = ignored.some((name) => file === name || file.startsWith(`${name}/`));
      if (!isLeftOut && existsSync(file)) cpSync(file, join(this.#context, file));
    }
    giveAway(folder);
  }

  get stage(): Stage {
    const stage = this.stages.at(-1);
    if (!stage) throw new Error("No stage has begun.");
    return stage;
  }

  async step({ name, text }: Instruction): Promise<void> {
    switch (name) {
      case "FROM":
        return this.#begin(text);
      case "WORKDIR":
        this.stage.workdir = text;
        return this.#make(text);
      case "ENV": {
        const [key = "", value = ""] = text.split("=");
        this.stage.env[key] = value;
        return;
      }
      case "COPY":
        return this.#copy(text);
      case "RUN":
        return await this.#run(text);
      default:
        this.stage.last.set(name, text);
    }
  }

  /** The path of the image in the stage's folder. */
  at(path: string): string {
    return join(this.stage.root, path);
  }

  /** What a program of the image is run with. */
  options(): { cwd: string; env: Record<string, string> } {
    const env = Object.entries(this.stage.env).map(([key, value]) => [
      key,
      value.startsWith("/") ? this.at(value) : value,
    ]);
    return {
      cwd: this.at(this.stage.workdir),
      env: { ...environmentIn(this.#folder), ...Object.fromEntries(env) },
    };
  }

  #begin(text: string): void {
    const name = / AS (\S+)/.exec(text)?.[1] ?? "final";
    this.stages.push({ name, root: join(this.#folder, name), workdir: "/", env: {}, last: new Map() });
    this.#make("/");
  }

  #make(path: string): void {
    mkdirSync(this.at(path), { recursive: true });
    giveAway(this.stage.root);
  }

  #copy(text: string): void {
    const [, from] = /^--from=(\S+) /.exec(text) ?? [];
    const names = text.replace(/^--from=\S+ /, "").split(" ");
    const source = this.stages.find(({ name }) => name === from)?.root ?? this.#context;
    const to = join(this.at(this.stage.workdir), names.pop() ?? "");
    for (const name of names) {
      const path = join(source, name);
      const isFolder = statSync(path).isDirectory(); // Docker copies what a folder holds
      cpSync(path, isFolder ? to : join(to, basename(path)), { recursive: true });
    }
    giveAway(this.stage.root);
  }

  async #run(text: string): Promise<void> {
    const command = text
      .replaceAll(/(?<= )\/data\b/g, this.at("/data"))
      .replaceAll("chown node:node", "chown $(id -u):$(id -g)");
    await run("sh", ["-c", command], this.options());
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

describe("the Dockerfile, its steps run in folders by an unprivileged user", () => {
  let folder: Folder;
  let build: FolderBuild;

  before(async () => {
    folder = await openFolder();
    build = new FolderBuild(folder.path);
    for (const instruction of readDockerfile()) await build.step(instruction);
  });
  after(() => folder.remove());

  it("leaves what runs, without compiler, tests and settings, under 100 MB", () => {
    const app = build.at("/app");
    expect(readdirSync(app).toSorted()).to.deep.equal([
      "bin",
      "content",
      "dist",
      "lib",
      "media",
      "node_modules",
      "package.json",
      "scripts",
    ]);
    for (const name of ["esbuild", "typescript", "mocha", "playwright-core", ".package-lock.json"].slice(
      0,
      4,
    )) {
      expect(existsSync(join(app, "node_modules", name)), name).to.equal(false);
    }
    expect(sizeMb(join(app, "node_modules"))).to.be.lessThan(100);
  });

  it("makes an image that runs as a user of its own, says when it is healthy, and stops at its signal", async () => {
    const { last } = build.stage;
    expect(last.get("USER")).to.equal("node");
    expect(last.get("VOLUME")).to.equal(build.stage.env.DATA_DIR);
    const options = build.options();
    options.env.HTTP_PORT = String(await freePort());
    const [program = "", ...args] = JSON.parse(last.get("CMD") ?? "[]") as string[];
    const bot = await startBot(program, args, options);
    const check = JSON.parse(last.get("HEALTHCHECK")?.split(" CMD ")[1] ?? "[]") as string[];
    const checkHealth = (): Promise<string> => run(check[0] ?? "", check.slice(1), options);
    await checkHealth();
    const stats = (): Promise<string> => run("npm", ["run", "--silent", "stats", "--", "--json"], options);
    let figures: unknown = null; // until the first snapshot is written
    while (figures === null) figures = JSON.parse(await stats());
    expect(figures).to.be.an("object");
    expect(await bot.stop(last.get("STOPSIGNAL") as NodeJS.Signals)).to.equal(0);
    expect(existsSync(build.at("/data/mongodb/data.mdb"))).to.equal(true);
    expect(await checkHealth().catch(() => "unhealthy")).to.equal("unhealthy");
  });
});
