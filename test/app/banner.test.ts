import { expect } from "chai";
import { banner } from "../../lib/app/banner.ts";

describe("the banner", () => {
  it("names the folders that are set, with one slash", () => {
    const text = banner({
      bot: { username: "helpline_bot" },
      isSandbox: false,
      operatorsPage: undefined,
      models: [],
      modelProblems: [],
      dataFolder: "/srv/data",
      contentFolder: "/srv/pages/",
      pages: { languages: ["en", "fr"], passages: 614 },
      url: "http://127.0.0.1:8080",
    });
    expect(text).to.include("the library in /srv/pages/ (614 passages; en, fr)");
    expect(text).to.include("embedded, in /srv/data/ (for trying out and small bots)");
  });
});
