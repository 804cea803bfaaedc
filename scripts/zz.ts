import { chromium } from "playwright-core";
import { filmCrash } from "./pictures/crash-film.ts";

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
await filmCrash(browser, "docs/crash.gif");
await browser.close();
