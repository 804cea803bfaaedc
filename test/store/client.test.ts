import { expect } from "chai";
import { createClient } from "../../lib/store/client.ts";

describe("the client of the database", () => {
  const optionsOf = (query: string) =>
    createClient({ uri: `mongodb://127.0.0.1:1/${query}`, maxPoolSize: 50, minPoolSize: 10 }).options;

  it("has the pool and the timeouts of the systems it follows", () => {
    expect(optionsOf("")).to.include({
      appName: "helpline",
      maxPoolSize: 50,
      minPoolSize: 10,
      connectTimeoutMS: 5_000,
      serverSelectionTimeoutMS: 5_000,
      waitQueueTimeoutMS: 5_000,
    });
  });

  it("takes timeouts from the address, but not what a confirmed update relies on", () => {
    const options = optionsOf("?serverselectiontimeoutms=50&appName=mine&w=0&readPreference=secondary");
    expect(options).to.include({ serverSelectionTimeoutMS: 50, connectTimeoutMS: 5_000, appName: "mine" });
    expect(options.writeConcern).to.include({ w: "majority", journal: true });
    expect(options.readPreference.mode).to.equal("primary");
  });
});
