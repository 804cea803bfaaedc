import { once } from "node:events";
import { open } from "lmdb";

/** A process that reads the given folder from one moment, as a backup does, until its input ends. */
const path = process.argv[2];
if (path === undefined) throw new Error("no folder");
const database = open({ path, readOnly: true, encoding: "binary", keyEncoding: "binary" });
const transaction = database.useReadTransaction();
const sizes = (): number[] => Array.from(database.getRange({ transaction }), ({ value }) => value.length);
const before = sizes();
process.stdout.write("reading\n");
await once(process.stdin.resume(), "end");
process.stdout.write(String(sizes()) === String(before) ? "read all\n" : "read something else\n");
process.exit(0);
