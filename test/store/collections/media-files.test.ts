import { expect } from "chai";
import {
  createMediaFileStore,
  type MediaFileStore,
} from "../../../lib/store/collections/answers/media-files.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { emptyDatabase } from "../../support/empty-database.ts";

const KEY = { botId: 7, hash: "abc", kind: "photo" };
const AT = new Date(0);

describe("the media file store", () => {
  let database: TestDatabase;
  let files: MediaFileStore;

  before(async () => {
    database = await openTestDatabase();
  });

  beforeEach(async () => {
    await emptyDatabase(database.db);
    files = createMediaFileStore(database.db);
  });

  after(() => database.close());

  it("keeps the latest id of a file by bot, content and kind", async () => {
    await files.keep(KEY, "one", AT);
    await files.keep(KEY, "two", AT);
    expect(await files.fileId(KEY)).to.equal("two");
    for (const other of [{ botId: 8 }, { hash: "abd" }, { kind: "document" }]) {
      expect(await files.fileId({ ...KEY, ...other })).to.equal(undefined);
    }
  });

  it("drops an id that is no longer valid, but not a newer one", async () => {
    await files.keep(KEY, "one", AT);
    await files.drop(KEY, "one");
    expect(await files.fileId(KEY)).to.equal(undefined);
    await files.keep(KEY, "two", AT);
    await files.drop(KEY, "one");
    expect(await files.fileId(KEY)).to.equal("two");
  });

  it("lets ids age out", async () => {
    const indexes = await database.db.collection("media_files").indexes();
    const ages = indexes.map(({ key, expireAfterSeconds }) => [key, expireAfterSeconds]);
    expect(ages).to.deep.include([{ at: 1 }, 90 * 24 * 60 * 60]);
  });
});
