import { readFile } from "node:fs/promises";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { mp4File, oggFile, pngFile } from "../sandbox/sample-files.ts";
import { openBrowser, openChat, openSite, type Site, waitUntil } from "./support.ts";

const USER = 1001;

describe("the chat page: media", () => {
  let browser: Browser | null = null;
  let site: Site;
  let page: Page;
  let complaints: string[];

  const open = async (options: { user?: number; width?: number } = {}) => {
    ({ page, complaints } = await openChat(browser as Browser, site, options));
    await page.locator("#bot-name", { hasText: "Helpline" }).waitFor();
  };
  const last = () => site.telegram.chat(USER)?.messages.at(-1);
  const photo = (name = "a.png", [width, height] = [400, 300]) => ({
    kind: "photo" as const,
    name,
    content: pngFile(width ?? 1, height ?? 1),
  });
  /** The id of a file that the bot can send, because a person sent it before. */
  const fileFrom = async (file: Parameters<typeof site.telegram.sendFiles>[1]) => {
    await site.telegram.sendFiles({ userId: 5 }, file);
    const message = site.telegram.chat(5)?.messages.at(-1);
    const media = message?.photo?.at(-1) ?? message?.voice ?? message?.video ?? message?.document;
    return (media ?? message?.audio)?.file_id;
  };
  const isLoaded = "[...document.querySelectorAll('.media img')].every((node) => node.naturalWidth > 0)";

  before(async function () {
    browser = await openBrowser();
    if (!browser) this.skip();
  });
  beforeEach(async () => {
    site = await openSite();
    await site.telegram.sendText({ userId: USER }, "/start");
  });
  afterEach(async () => {
    await page.close();
    await site.close();
    expect(complaints, "what the browser complained about").to.deep.equal([]);
  });
  after(() => browser?.close());

  it("shows a photo with its caption, and enlarges it when pressed", async () => {
    await open();
    const caption = "A calm sea";
    await site.call("sendPhoto", { chat_id: USER, photo: await fileFrom([photo()]), caption });
    const tile = page.getByRole("button", { name: "Open: A calm sea" });
    await waitUntil(page, isLoaded);
    expect(await page.locator(".row.other .text").textContent()).to.equal(caption);
    const box = await tile.boundingBox();
    expect(Math.round(((box?.width ?? 0) / (box?.height ?? 1)) * 100)).to.equal(133);
    await tile.click();
    const viewer = page.getByRole("dialog", { name: "Picture" });
    await viewer.getByRole("img", { name: caption }).waitFor();
    await page.keyboard.press("Escape");
    await viewer.waitFor({ state: "hidden" });
  });

  it("shows an album in one bubble, and goes through it with the arrow keys", async () => {
    await open();
    const sizes = [3, 2, 4, 3, 2].map((side) => photo(`${side}.png`, [side * 50, 150]));
    await site.telegram.sendFiles({ userId: USER }, [
      { ...sizes[0], caption: "Five" } as never,
      ...sizes.slice(1),
    ]);
    await page.locator(".album .tile").nth(4).waitFor();
    expect(await page.locator(".row.own .bubble").count()).to.equal(2);
    await page.locator(".album .tile").first().click();
    for (let step = 0; step < 4; step += 1) await page.keyboard.press("ArrowRight");
    expect(await page.getByRole("button", { name: "The next one" }).isVisible()).to.equal(false);
    await page.getByRole("button", { name: "Close" }).click();
    const [, first] = site.telegram.chat(USER)?.messages ?? [];
    await site.call("deleteMessage", { chat_id: USER, message_id: first?.message_id });
    await waitUntil(page, "document.querySelectorAll('.album .tile').length === 4");
  });

  it("plays a voice message and music, one at a time, and seeks with the keyboard", async () => {
    await open();
    const sample = (name: string) => readFile(new URL(`../../media/calm/${name}`, import.meta.url));
    const music = { kind: "audio" as const, name: "calm.mp3", content: await sample("breathing.mp3") };
    const voice = { kind: "voice" as const, name: "v.ogg", content: await sample("chimes.ogg") };
    for (const file of [music, voice]) await site.telegram.sendFiles({ userId: USER }, [file]);
    await page.getByRole("button", { name: "Play calm.mp3" }).click();
    await page.getByRole("button", { name: "Pause calm.mp3" }).waitFor();
    await page.getByRole("button", { name: "Play voice message" }).click();
    await page.getByRole("button", { name: "Pause voice message" }).waitFor();
    await page.getByRole("button", { name: "Play calm.mp3" }).waitFor();
    await page.getByRole("slider", { name: "Position in voice message" }).press("ArrowRight");
    await waitUntil(page, "document.querySelectorAll('.wave .played').length > 5");
    await page.getByRole("button", { name: "Pause voice message" }).click();
    await page.getByRole("button", { name: "Play voice message" }).waitFor();
  });

  it("shows a voice message's length before it plays, and offers documents as downloads", async () => {
    await open();
    await site.telegram.sendFiles({ userId: USER }, [{ kind: "voice", name: "v.ogg", content: oggFile(67) }]);
    await page.locator(".voice .length", { hasText: "1:07" }).waitFor();
    const content = Buffer.from("%PDF-1.4 a leaflet");
    await site.telegram.sendFiles({ userId: USER }, [{ kind: "document", name: "leaflet.pdf", content }]);
    const link = page.getByRole("link", { name: /leaflet\.pdf/ });
    expect(await link.textContent()).to.contain("18 B");
    const [saved] = await Promise.all([page.waitForEvent("download"), link.click()]);
    expect(saved.suggestedFilename()).to.equal("leaflet.pdf");
    expect(await readFile(await saved.path(), "utf8")).to.equal("%PDF-1.4 a leaflet");
  });

  it("says that a file no longer exists instead of showing a broken picture", async () => {
    await site.telegram.sendFiles({ userId: USER }, [photo()]);
    await site.telegram.forgetFiles();
    await open();
    await page.locator(".tile.gone").waitFor();
    expect(complaints.every((text) => text.includes("404"))).to.equal(true);
    complaints.length = 0;
  });

  it("sends files from the browser: photos as an album with a caption, a voice and a document alone", async () => {
    await open();
    await page.locator("#files").setInputFiles([
      { name: "one.png", mimeType: "image/png", buffer: pngFile(40, 30) },
      { name: "two.png", mimeType: "image/png", buffer: pngFile(30, 40) },
      { name: "say.ogg", mimeType: "audio/ogg", buffer: oggFile(2) },
      { name: "read.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4") },
    ]);
    const dialog = page.getByRole("dialog", { name: "Send 4 files" });
    await dialog.getByRole("textbox", { name: "Caption" }).fill("What is this?");
    await dialog.getByRole("button", { name: "Send" }).click();
    await dialog.waitFor({ state: "hidden" });
    await page.getByRole("link", { name: /read\.pdf/ }).waitFor();
    const sent = site.telegram.chat(USER)?.messages.slice(1) ?? [];
    expect(
      sent.map((message) => Object.keys(message).find((key) => /photo|voice|document/.test(key))),
    ).to.deep.equal(["photo", "photo", "voice", "document"]);
    expect(sent[0]).to.include({ caption: "What is this?", media_group_id: sent[1]?.media_group_id });
    expect(sent[2]).not.to.have.property("media_group_id");
  });

  it("accepts pasted and dropped files, lets one be left out, and sends them as files on request", async () => {
    await open();
    const give = (kind: "paste" | "drop", names: string[]) =>
      page.evaluate(`{
        const data = new DataTransfer();
        for (const name of ${JSON.stringify(names)}) data.items.add(new File(["x"], name, { type: "image/png" }));
        const how = { clipboardData: data, dataTransfer: data, bubbles: true, cancelable: true };
        const made = "${kind}" === "paste" ? new ClipboardEvent("paste", how) : new DragEvent("drop", how);
        document.body.dispatchEvent(made);
      }`);
    await give("paste", ["pasted.png"]);
    await page.getByRole("dialog", { name: "Send a file" }).getByText("pasted.png").waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await give("drop", ["keep.png", "drop.png"]);
    await page.getByRole("button", { name: "Leave out drop.png" }).click();
    await page.getByRole("checkbox", { name: "Send as files" }).check();
    await page.getByRole("button", { name: "Send", exact: true }).last().click();
    await page.getByRole("link", { name: /keep\.png/ }).waitFor();
    expect(last()?.document).to.include({ file_name: "keep.png" });
  });

  it("keeps the files when they cannot be sent, and says why", async () => {
    await open();
    await page
      .locator("#files")
      .setInputFiles([{ name: "no.png", mimeType: "image/png", buffer: Buffer.from("no picture") }]);
    const dialog = page.getByRole("dialog", { name: "Send a file" });
    await dialog.getByRole("button", { name: "Send" }).click();
    await page.locator("#toast", { hasText: "IMAGE_PROCESS_FAILED" }).waitFor();
    expect(await dialog.isVisible()).to.equal(true);
    await dialog.getByRole("checkbox").check();
    await dialog.getByRole("button", { name: "Send" }).click();
    await page.getByRole("link", { name: /no\.png/ }).waitFor();
    expect(complaints.join()).to.contain("400");
    complaints.length = 0;
  });

  it("sends a made-up location and the person's contact from the attach menu with the keyboard alone", async () => {
    await open();
    await page.getByRole("button", { name: "Attach" }).press("Enter");
    await page.getByRole("menuitem", { name: "Photo or video" }).press("ArrowDown");
    await page.getByRole("menuitem", { name: "File" }).press("ArrowDown");
    await page.getByRole("menuitem", { name: "Location" }).press("Enter");
    await page.getByRole("link", { name: /^Location 48/ }).waitFor();
    await page.getByRole("button", { name: "Attach" }).click();
    await page.getByRole("menuitem", { name: "My contact" }).click();
    await page.getByText("+15551001").waitFor();
  });

  it("keeps a picture in place while the buttons under it change, and the focus with them", async () => {
    await open();
    const markup = (...texts: string[]) => ({
      inline_keyboard: [texts.map((text) => ({ text, callback_data: text }))],
    });
    const sent = await site.call("sendPhoto", {
      chat_id: USER,
      photo: await fileFrom([photo()]),
      reply_markup: markup("Next", "Stop"),
    });
    const picture = await page.locator(".media img").elementHandle();
    await page.getByRole("button", { name: "Next" }).focus();
    await site.call("editMessageReplyMarkup", {
      chat_id: USER,
      message_id: sent.message_id,
      reply_markup: markup("Back", "Next"),
    });
    await page.getByRole("button", { name: "Back" }).waitFor();
    expect(await picture?.evaluate((node) => node.isConnected)).to.equal(true);
    expect(await page.evaluate("document.activeElement.textContent")).to.equal("Next");
  });

  it("fits every kind on a phone 360 pixels wide", async () => {
    const files = [
      photo("wide.png", [2000, 400]),
      photo("tall.png", [300, 1500]),
      { kind: "video" as const, name: "v.mp4", content: mp4File(3, 1280, 720) },
      { kind: "document" as const, name: `${"long".repeat(30)}.pdf`, content: Buffer.from("%PDF-1.4") },
      { kind: "voice" as const, name: "v.ogg", content: oggFile(5) },
    ];
    for (const file of files) await site.telegram.sendFiles({ userId: USER }, [file]);
    await site.telegram.sendFiles({ userId: USER }, [photo(), photo(), photo()]);
    await site.telegram.sendLocation({ userId: USER }, { latitude: 1, longitude: 2 });
    await open({ width: 360 });
    await page.locator(".place").waitFor();
    const tooWide =
      "[...document.querySelectorAll('body *')].filter((node) => !node.closest('[hidden], .more') && node.getBoundingClientRect().right > 360.5)";
    expect(await page.evaluate(`${tooWide}.map((node) => node.className)`)).to.deep.equal([]);
  });
});
