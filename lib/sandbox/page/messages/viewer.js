/** Shows a picture or video large; the arrow keys go through the others of its album. */

import { closest, element, fileUrl, findAll } from "../dom.js";

/**
 * @typedef {object} ViewerParts
 * @property {HTMLElement} list
 * @property {HTMLDialogElement} dialog
 * @property {HTMLElement} stage
 * @property {HTMLElement} caption
 * @property {HTMLElement} before
 * @property {HTMLElement} after
 * @property {HTMLElement} close
 */

export class Viewer {
  /** @type {HTMLElement[]} */
  #tiles = [];
  #index = 0;

  /** @param {ViewerParts} parts */
  constructor(parts) {
    this.parts = parts;
  }

  /** Starts to open at a press on a picture or video. */
  listen() {
    const { list, dialog, stage, before, after, close } = this.parts;
    list.addEventListener("click", (event) => {
      const tile = closest(event, "[data-view]");
      if (!tile) return;
      if (tile.classList.contains("hidden-media")) tile.classList.remove("hidden-media");
      else this.#open(tile);
    });
    list.addEventListener("click", (event) => {
      closest(event, ".film.hidden-media")?.classList.remove("hidden-media");
    });
    before.addEventListener("click", () => this.#go(-1));
    after.addEventListener("click", () => this.#go(1));
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => stage.replaceChildren());
    dialog.addEventListener("click", ({ target }) => {
      if (target === dialog || target === stage) dialog.close();
    });
    dialog.addEventListener("keydown", ({ key }) => {
      if (key === "ArrowLeft") this.#go(-1);
      if (key === "ArrowRight") this.#go(1);
    });
  }

  /** @param {HTMLElement} tile */
  #open(tile) {
    const album = tile.closest(".album");
    this.#tiles = album instanceof HTMLElement ? findAll(album, "[data-view]") : [tile];
    this.#index = this.#tiles.indexOf(tile);
    this.#show();
    this.parts.dialog.showModal();
  }

  /** @param {number} step */
  #go(step) {
    const index = this.#index + step;
    if (index < 0 || index >= this.#tiles.length) return;
    this.#index = index;
    this.#show();
  }

  #show() {
    const { stage, caption, before, after } = this.parts;
    const { view = "photo", file = "", alt = "" } = this.#tiles[this.#index]?.dataset ?? {};
    stage.replaceChildren(view === "photo" ? pictureOf(file, alt) : videoOf(file, alt, view === "animation"));
    caption.textContent = alt;
    before.hidden = this.#index === 0;
    after.hidden = this.#index === this.#tiles.length - 1;
  }
}

/**
 * @param {string} fileId
 * @param {string} alt
 */
function pictureOf(fileId, alt) {
  const image = element("img");
  image.src = fileUrl(fileId);
  image.alt = alt;
  return image;
}

/**
 * @param {string} fileId
 * @param {string} label
 * @param {boolean} isLoop
 */
function videoOf(fileId, label, isLoop) {
  const video = element("video");
  video.src = fileUrl(fileId);
  video.controls = true;
  video.autoplay = true;
  video.playsInline = true;
  video.loop = isLoop;
  video.setAttribute("aria-label", label);
  return video;
}
