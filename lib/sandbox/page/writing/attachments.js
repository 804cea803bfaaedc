/** Sends files chosen with the paper clip, dropped on the page or pasted. */

import { button, closest, element, icon, sizeName } from "../dom.js";
import { Menu } from "../menus.js";

/** @import { FileKind } from "../../files/files.ts" */

/** Telegram's limits: files in an album, and bytes in a photo. */
const MAX_ALBUM = 10;
const MAX_PHOTO_BYTES = 10 * 1024 * 1024;
/**
 * Which kinds may share an album: those of the same name here.
 * @type {Partial<Record<FileKind, string>>}
 */
const ALBUMS = { photo: "visual", video: "visual", audio: "audio", document: "document" };
const CROSS = "M6 6l12 12M18 6L6 18";
const FILE = "M7 3.500h7l4.500 4.500v12.500H7zM14 3.500V8h4.500";

/**
 * @typedef {{ kind: FileKind, file: File }} Upload
 *
 * A chosen file, with the object URL of its preview.
 * @typedef {{ file: File, address: string }} ChosenFile
 *
 * @typedef {object} AttachmentParts
 * @property {HTMLElement} clip
 * @property {HTMLElement} menu
 * @property {HTMLInputElement} input
 * @property {HTMLDialogElement} dialog
 * @property {HTMLFormElement} form
 * @property {HTMLElement} title
 * @property {HTMLElement} list
 * @property {HTMLInputElement} caption
 * @property {HTMLInputElement} asFiles
 * @property {HTMLElement} asFilesLabel
 * @property {HTMLElement} cancel
 * @property {HTMLButtonElement} send
 * @property {HTMLElement} drop
 *
 * @typedef {object} AttachmentActions
 * @property {(files: Upload[], caption: string) => Promise<void>} send rejects when the files were not sent.
 * @property {() => void} sendLocation
 * @property {() => void} sendContact
 * @property {() => void} sendSticker
 */

export class Attachments {
  /** @type {ChosenFile[]} */
  #files = [];
  #menu;

  /**
   * @param {AttachmentParts} parts
   * @param {AttachmentActions} actions
   */
  constructor(parts, actions) {
    this.parts = parts;
    this.actions = actions;
    this.#menu = new Menu(parts.menu);
  }

  /** Starts to accept files. */
  listen() {
    const { clip, menu, input, dialog, form, cancel, asFiles, drop } = this.parts;
    clip.addEventListener("click", () => (this.#menu.isOpen ? this.#menu.close() : this.#menu.open(clip)));
    menu.addEventListener("click", (event) => this.#choose(closest(event, "button")?.dataset.attach));
    input.addEventListener("change", () => {
      this.#offer([...(input.files ?? [])], input.dataset.asFiles === "true");
      input.value = "";
    });
    document.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      this.#offer(files, false);
    });
    this.#listenToDrops(drop);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send();
    });
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => this.#forget());
    asFiles.addEventListener("change", () => this.#showFiles());
  }

  /** @param {string | undefined} what the chosen item of the menu. */
  #choose(what) {
    if (!what) return;
    this.#menu.close(true);
    const { input } = this.parts;
    if (what === "location") this.actions.sendLocation();
    else if (what === "contact") this.actions.sendContact();
    else if (what === "sticker") this.actions.sendSticker();
    else {
      input.accept = what === "media" ? "image/*,video/*" : "";
      input.dataset.asFiles = String(what === "file");
      input.click();
    }
  }

  /** @param {HTMLElement} overlay */
  #listenToDrops(overlay) {
    addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      overlay.hidden = false;
    });
    addEventListener("dragleave", ({ relatedTarget }) => {
      if (relatedTarget === null) overlay.hidden = true;
    });
    addEventListener("drop", (event) => {
      overlay.hidden = true;
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.#offer([...(event.dataTransfer?.files ?? [])], false);
    });
  }

  /**
   * Shows the files in the dialog that asks for a caption.
   * @param {File[]} files
   * @param {boolean} asFiles whether "Send as files" is checked.
   */
  #offer(files, asFiles) {
    if (files.length === 0 || this.parts.dialog.open) return;
    const { dialog, caption, asFiles: box } = this.parts;
    this.#files = files.map((file) => ({ file, address: URL.createObjectURL(file) }));
    box.checked = asFiles;
    caption.value = "";
    this.#showFiles();
    dialog.showModal();
    caption.focus();
  }

  #showFiles() {
    const { list, title, asFilesLabel } = this.parts;
    const count = this.#files.length;
    title.textContent = count === 1 ? "Send a file" : `Send ${count} files`;
    asFilesLabel.hidden = !this.#files.some(({ file }) => kindOf(file, false) !== "document");
    list.replaceChildren(...this.#files.map((item) => this.#itemOf(item)));
  }

  /** @param {ChosenFile} item */
  #itemOf(item) {
    const { file, address } = item;
    const node = element("li", "upload");
    const kind = kindOf(file, this.parts.asFiles.checked);
    const mark = element("span", "upload-mark");
    if (kind === "photo" || kind === "animation") {
      const image = element("img");
      image.src = address;
      image.alt = "";
      mark.append(image);
    } else mark.append(icon(FILE));
    const words = element("span", "document-words");
    words.append(
      element("span", "document-name", file.name),
      element("span", "document-size", sizeName(file.size)),
    );
    const remove = button("upload-remove", `Leave out ${file.name}`);
    remove.append(icon(CROSS));
    remove.addEventListener("click", () => {
      URL.revokeObjectURL(address);
      this.#files = this.#files.filter((other) => other !== item);
      if (this.#files.length === 0) this.parts.dialog.close();
      else this.#showFiles();
    });
    node.append(mark, words, remove);
    return node;
  }

  async #send() {
    const { dialog, caption, asFiles, send } = this.parts;
    const files = this.#files.map(({ file }) => ({ file, kind: kindOf(file, asFiles.checked) }));
    send.disabled = true;
    try {
      for (const [index, group] of albumsOf(files).entries())
        await this.actions.send(group, index === 0 ? caption.value : "");
      dialog.close();
    } catch {
      // The action has shown why; the files stay for another try.
    } finally {
      send.disabled = false;
    }
  }

  #forget() {
    for (const { address } of this.#files) URL.revokeObjectURL(address);
    this.#files = [];
    this.parts.list.replaceChildren();
  }
}

/** @param {DragEvent} event */
function hasFiles({ dataTransfer }) {
  return dataTransfer?.types.includes("Files") === true;
}

/**
 * The kind as which Telegram's apps send such a file.
 * @param {File} file
 * @param {boolean} asFiles
 * @returns {FileKind}
 */
function kindOf({ type, name, size }, asFiles) {
  if (asFiles) return "document";
  if (/^image\/(?:jpeg|png|webp)$/.test(type)) return size > MAX_PHOTO_BYTES ? "document" : "photo";
  if (type === "image/gif") return "animation";
  if (/^video\/(?:mp4|quicktime)$/.test(type)) return "video";
  if (type === "audio/ogg" || /\.(?:ogg|oga|opus)$/i.test(name)) return "voice";
  return type.startsWith("audio/") ? "audio" : "document";
}

/**
 * Groups adjacent files that fit into one album.
 * @param {Upload[]} files
 */
function albumsOf(files) {
  /** @type {Upload[][]} */
  const groups = [];
  for (const item of files) {
    const last = groups.at(-1);
    const album = ALBUMS[item.kind];
    const isSameAlbum = album !== undefined && last?.every(({ kind }) => ALBUMS[kind] === album);
    if (last && isSameAlbum && last.length < MAX_ALBUM) last.push(item);
    else groups.push([item]);
  }
  return groups;
}
