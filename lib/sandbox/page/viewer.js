/** Shows a picture or film large; arrows go through the others of its album. */

import { element, fileUrl } from "./dom.js";

export class Viewer {
  #tiles = [];
  #index = 0;

  constructor({ list, dialog, stage, caption, before, after, close }) {
    this.parts = { list, dialog, stage, caption, before, after, close };
  }

  /** Begins to open at a press on a picture or film. */
  listen() {
    const { list, dialog, stage, before, after, close } = this.parts;
    list.addEventListener("click", ({ target }) => {
      const tile = target.closest("[data-view]");
      if (!tile) return;
      if (tile.classList.contains("hidden-media")) tile.classList.remove("hidden-media");
      else this.#open(tile);
    });
    list.addEventListener("click", ({ target }) => {
      target.closest(".film.hidden-media")?.classList.remove("hidden-media");
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

  #open(tile) {
    const album = tile.closest(".album");
    this.#tiles = album ? [...album.querySelectorAll("[data-view]")] : [tile];
    this.#index = this.#tiles.indexOf(tile);
    this.#show();
    this.parts.dialog.showModal();
  }

  #go(step) {
    const index = this.#index + step;
    if (index < 0 || index >= this.#tiles.length) return;
    this.#index = index;
    this.#show();
  }

  #show() {
    const { stage, caption, before, after } = this.parts;
    const { view, file, alt } = this.#tiles[this.#index].dataset;
    const shown = element(view === "photo" ? "img" : "video");
    shown.src = fileUrl(file);
    if (view === "photo") shown.alt = alt;
    else {
      shown.controls = true;
      shown.autoplay = true;
      shown.playsInline = true;
      shown.loop = view === "animation";
      shown.setAttribute("aria-label", alt);
    }
    stage.replaceChildren(shown);
    caption.textContent = alt;
    before.hidden = this.#index === 0;
    after.hidden = this.#index === this.#tiles.length - 1;
  }
}
