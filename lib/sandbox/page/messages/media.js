/** Renders what a message shows beside text: pictures, videos, sounds, files, locations and contacts. */

import { button, element, fileUrl, icon, lengthName, sizeName } from "../dom.js";
import { audioPlayer, voicePlayer } from "./player.js";

/** @import { WireContact, WireLocation, WireMedia, WireMessage } from "../../chats/wire.ts" */

/**
 * The media of a message or album. Those with `isVisual` fill the bubble to its edges; those with `isBare` have no
 * bubble. Media with the same `key` show the same.
 * @typedef {{ node: HTMLElement, key: string, isVisual: boolean, isBare: boolean }} Media
 *
 * A picture or video, with what the viewer needs to show it large.
 * @typedef {object} Tile
 * @property {"photo" | "animation" | "video"} kind
 * @property {string} id
 * @property {number} width
 * @property {number} height
 * @property {number} [duration] in seconds.
 * @property {string} alt
 * @property {boolean} isHidden whether it is covered until it is pressed.
 */

/** The largest size at which a single picture is shown, in pixels. */
const MAX_WIDTH = 400;
const MAX_HEIGHT = 400;
const MIN_WIDTH = 120;
const DOWNLOAD = "M12 4v11m0 0-4.500-4.500M12 15l4.500-4.500M5 19.500h14";
const PLAY = "M8 5.500v13l11-6.500z";
const PIN =
  "M12 21s-6.500-6-6.500-11a6.500 6.500 0 1 1 13 0c0 5-6.500 11-6.500 11zM12 12.200a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400z";
const DIE_FACES = ["⚀", "⚁", "⚂", "⚃", "⚄", "⚅"];

/**
 * The media of a message, or of all messages of an album; null when there are none.
 * @param {[WireMessage, ...WireMessage[]]} messages
 * @returns {Media | null}
 */
export function mediaOf(messages) {
  const [message] = messages;
  const tiles = messages.map(visualOf).filter((tile) => tile !== null);
  const [tile] = tiles;
  if (tile) {
    const node = tiles.length > 1 ? album(tiles) : single(tile);
    return made(node, tiles.map(({ id }) => id).join(), { isVisual: true });
  }
  if (message.video_note) {
    return made(videoNote(message.video_note), message.video_note.file_id, { isBare: true });
  }
  if (message.sticker) return made(sticker(message.sticker.emoji, "Sticker"), "sticker", { isBare: true });
  if (message.dice) {
    const face = DIE_FACES[message.dice.value - 1] ?? message.dice.emoji;
    return made(sticker(face, `Die showing ${message.dice.value}`), "dice", { isBare: true });
  }
  if (message.location)
    return made(place(message.location), JSON.stringify(message.location), { isVisual: true });
  const parts = messages.map(otherOf).filter((part) => part !== null);
  if (parts.length === 0) return null;
  const box = element("div", "attachments");
  box.append(...parts);
  return made(box, messages.map(keyOf).join(), {});
}

/**
 * Names a message's media in a word or two, for a quote of the message.
 * @param {WireMessage} message
 */
export function mediaWord(message) {
  if (message.photo) return "Photo";
  if (message.animation) return "GIF";
  if (message.video) return "Video";
  if (message.video_note) return "Video message";
  if (message.voice) return "Voice message";
  if (message.audio) return message.audio.title ?? message.audio.file_name ?? "Audio";
  if (message.document) return message.document.file_name ?? "File";
  if (message.location) return "Location";
  if (message.contact) return "Contact";
  if (message.sticker) return `${message.sticker.emoji} Sticker`;
  return message.dice ? "Die" : "";
}

/**
 * @param {HTMLElement} node
 * @param {string} key
 * @param {{ isVisual?: boolean, isBare?: boolean }} look
 * @returns {Media}
 */
function made(node, key, { isVisual = false, isBare = false }) {
  node.classList.add("media");
  return { node, key, isVisual, isBare };
}

/** @param {WireMessage} message */
function keyOf(message) {
  const file = message.voice ?? message.audio ?? message.document ?? message.contact;
  return JSON.stringify(file);
}

/**
 * @param {WireMessage} message
 * @returns {Tile | null}
 */
function visualOf(message) {
  const alt = message.caption ?? mediaWord(message);
  const isHidden = message.has_media_spoiler === true;
  const photo = message.photo?.at(-1);
  if (photo) return { kind: "photo", id: photo.file_id, ...sizeOf(photo), alt, isHidden };
  const video = message.animation ?? message.video;
  if (!video) return null;
  const { duration = 0 } = video;
  const isPicture = video.mime_type === "image/gif";
  const kind = isPicture ? "photo" : message.animation ? "animation" : "video";
  return { kind, id: video.file_id, ...sizeOf(video), duration, alt, isHidden };
}

/** @param {{ width?: number, height?: number }} file */
function sizeOf({ width, height }) {
  return { width: width || 320, height: height || 240 };
}

/** @param {Tile} tile */
function single(tile) {
  const { width, height } = tile;
  const scale = Math.min(MAX_WIDTH / width, MAX_HEIGHT / height, Math.max(1, MIN_WIDTH / width));
  const node = tile.kind === "video" ? videoOf(tile) : tileOf(tile);
  node.style.width = `min(${Math.max(MIN_WIDTH, Math.round(width * scale))}px, 80vw)`;
  node.style.aspectRatio = `${width} / ${Math.min(height, width * 2)}`;
  return node;
}

/**
 * An album in rows of two and three; the first of three is in a row of its own.
 * @param {Tile[]} tiles
 */
function album(tiles) {
  const box = element("div", "album");
  const pairs = tiles.length % 3 === 1 ? 4 : tiles.length % 3 === 2 ? 2 : 0;
  for (const [index, tile] of tiles.entries()) {
    const node = tileOf(tile);
    const isAlone = tiles.length === 3 && index === 0;
    const isPaired = index < pairs || tiles.length === 3;
    node.classList.add(isAlone ? "whole" : isPaired ? "half" : "third");
    box.append(node);
  }
  return box;
}

/**
 * A button with the picture, which the viewer shows large.
 * @param {Tile} tile
 */
function tileOf(tile) {
  const node = button(`tile ${tile.kind}`, tile.kind === "video" ? `Play: ${tile.alt}` : `Open: ${tile.alt}`);
  node.dataset.view = tile.kind;
  node.dataset.file = tile.id;
  node.dataset.alt = tile.alt;
  node.append(tile.kind === "photo" ? picture(tile) : silentVideo(tile));
  if (tile.kind === "video") {
    const mark = element("span", "play-mark");
    mark.append(icon(PLAY));
    node.append(mark, element("span", "tile-length", lengthName(tile.duration)));
  }
  if (tile.kind === "animation") node.append(element("span", "tile-length", "GIF"));
  if (tile.isHidden) node.classList.add("hidden-media");
  return node;
}

/** @param {Tile} tile */
function picture({ id, width, height, alt }) {
  const image = element("img");
  image.src = fileUrl(id);
  image.alt = alt;
  image.width = width;
  image.height = height;
  image.decoding = "async";
  image.addEventListener("error", () => image.parentElement?.classList.add("gone"));
  return image;
}

/** @param {Tile} tile */
function silentVideo({ id, kind }) {
  const video = element("video");
  video.src = fileUrl(id);
  video.muted = true;
  video.playsInline = true;
  video.preload = "metadata";
  video.tabIndex = -1;
  video.loop = kind === "animation";
  video.autoplay = kind === "animation" && !matchMedia("(prefers-reduced-motion: reduce)").matches;
  return video;
}

/** @param {Tile} tile */
function videoOf({ id, alt, isHidden }) {
  const box = element("div", "film");
  const video = element("video");
  video.src = fileUrl(id);
  video.controls = true;
  video.playsInline = true;
  video.preload = "metadata";
  video.setAttribute("aria-label", alt);
  box.append(video);
  if (isHidden) box.classList.add("hidden-media");
  return box;
}

/** @param {WireMedia} note */
function videoNote({ file_id: id, duration }) {
  const node = button("video-note", "Play video message");
  const video = element("video");
  video.src = fileUrl(id);
  video.playsInline = true;
  video.preload = "metadata";
  video.tabIndex = -1;
  node.addEventListener("click", () => (video.paused ? void video.play().catch(() => {}) : video.pause()));
  video.addEventListener("play", () => node.setAttribute("aria-label", "Pause video message"));
  video.addEventListener("pause", () => node.setAttribute("aria-label", "Play video message"));
  node.append(video, element("span", "tile-length", lengthName(duration)));
  return node;
}

/**
 * @param {string} emoji
 * @param {string} label
 */
function sticker(emoji, label) {
  const node = element("div", "sticker", emoji);
  node.setAttribute("role", "img");
  node.setAttribute("aria-label", label);
  return node;
}

/** @param {WireMessage} message */
function otherOf(message) {
  if (message.voice) return voicePlayer(fileUrl(message.voice.file_id), message.voice);
  if (message.audio) return audioPlayer(fileUrl(message.audio.file_id), message.audio);
  if (message.document) return documentLink(message.document);
  return message.contact ? contact(message.contact) : null;
}

/** @param {WireMedia} document */
function documentLink({ file_id: id, file_name: name = "File", file_size: bytes }) {
  const link = element("a", "document");
  link.href = fileUrl(id);
  link.download = name;
  const mark = element("span", "document-icon");
  const extension = /\.(\w{1,4})$/.exec(name)?.[1];
  if (extension) mark.append(element("span", "", extension));
  else mark.append(icon(DOWNLOAD));
  const words = element("span", "document-words");
  words.append(element("span", "document-name", name), element("span", "document-size", sizeName(bytes)));
  link.append(mark, words);
  return link;
}

/** @param {WireLocation} location */
function place({ latitude, longitude }) {
  const link = element("a", "place");
  const where = `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`;
  link.href = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  link.setAttribute("aria-label", `Location ${where}`);
  link.append(icon(PIN), element("span", "", where));
  return link;
}

/** @param {WireContact} contact */
function contact({ first_name: first, last_name: last, phone_number: phone }) {
  const box = element("div", "contact");
  const words = element("div", "document-words");
  words.append(element("span", "document-name", [first, last].filter(Boolean).join(" ")));
  words.append(element("span", "document-size", phone));
  box.append(element("span", "contact-avatar", first.slice(0, 1).toUpperCase()), words);
  return box;
}
