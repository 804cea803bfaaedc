import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";

const run = promisify(execFile);

describe("the example at the top of docs/monitor.md", () => {
  let folder: string;
  let example: string;

  beforeEach(async () => {
    const [, code = ""] = /```ts\n(.*?)```/s.exec(await readFile("docs/monitor.md", "utf8")) ?? [];
    folder = await mkdtemp("dist/example-"); // inside the package, which may import itself by name
    example = join(folder, "example.ts");
    await writeFile(example, code);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("prints what was measured and how many calls ran side by side", async () => {
    const { stdout, stderr } = await run(process.execPath, ["--import=tsx", example]);
    expect(stderr).to.equal("");
    expect(stdout).to.match(/greet: \{\s+count: 2,/);
    expect(stdout).to.match(/'library\.search': \{\s+count: 1,/);
    expect(stdout).to.match(/greet: \{ inFlight: 0, peakInFlight: 2, peakLastedMs: [\d.e-]+ \}/);
  });

  it("has the types the package declares", async () => {
    const config = join(folder, "tsconfig.json");
    await writeFile(config, JSON.stringify({ extends: "../../tsconfig.json", include: ["example.ts"] }));
    await run("node_modules/.bin/tsc", ["--project", config]).catch((error: { stdout: string }) => {
      throw new Error(error.stdout);
    });
  });
});

it("docs/monitor.md lists every operation that is decorated, wrapped, recorded or traced under a fixed name", async () => {
  const doc = await readFile("docs/monitor.md", "utf8");
  const files = await readdir("lib", { recursive: true });
  const sources = await Promise.all(
    files
      .filter((file) => file.endsWith(".ts") && !file.startsWith("performance/")) // whose comments have examples
      .map((file) => readFile(join("lib", file), "utf8")),
  );
  const calls = sources.flatMap((source) => [
    ...source.matchAll(/(?:\bmonitorPerformance|\bmonitorUpdate|onitor\.(?:record|waited))\(\s*"([^"]+)"/g),
  ]);
  const names = calls.map(([, name = ""]) => name);
  expect(names).to.include.members(["model", "mailbox.wait", "process_question"]);
  for (const name of names) expect(doc).to.include(`\`${name}\``);
});
