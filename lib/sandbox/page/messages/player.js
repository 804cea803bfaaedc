/** Players for voice messages and music: a button, a seek bar and the time. One plays at a time. */

import { button, element, icon, lengthName } from "../dom.js";

/** @import { WireMedia } from "../../chats/wire.ts" */

const PLAY = "M8 5.5v13l11-6.5z";
const PAUSE = "M7 5h3.500v14H7zM13.500 5H17v14h-3.500z";
/** Bars of a voice message's waveform. */
const BARS = 36;
/**
 * Seconds that a key moves the position by.
 * @type {Readonly<Record<string, number>>}
 */
const SEEK_STEPS = { ArrowRight: 5, ArrowLeft: -5 };

/** @type {HTMLAudioElement | null} */
let playing = null;

/**
 * A voice message. Its waveform is made up, and always the same for the same file.
 * @param {string} url
 * @param {WireMedia} voice
 */
export function voicePlayer(url, { file_unique_id: id, duration = 0 }) {
  const box = element("div", "voice");
  const bar = element("div", "wave");
  bar.append(...barHeights(id).map(barOf));
  const time = element("span", "length", lengthName(duration));
  const side = element("div", "voice-side");
  side.append(bar, time);
  const control = playButton("voice message");
  box.append(control, side);
  wire({ url, control, bar, time, duration, name: "voice message" });
  return box;
}

/**
 * Music, with its title and performer.
 * @param {string} url
 * @param {WireMedia} audio
 */
export function audioPlayer(url, { title, performer, file_name: fileName, duration = 0 }) {
  const box = element("div", "voice audio");
  const name = title ?? fileName ?? "Audio";
  const bar = element("div", "track");
  bar.append(element("i"));
  const time = element("span", "length", lengthName(duration));
  const side = element("div", "voice-side");
  side.append(element("span", "audio-title", name));
  if (performer) side.append(element("span", "audio-performer", performer));
  side.append(bar, time);
  const control = playButton(name);
  box.append(control, side);
  wire({ url, control, bar, time, duration, name });
  return box;
}

/** @param {string} name */
function playButton(name) {
  const node = button("play", `Play ${name}`);
  node.append(icon(PLAY));
  return node;
}

/** @param {number} height in per cent. */
function barOf(height) {
  const bar = element("i");
  bar.style.height = `${height}%`;
  return bar;
}

/** @param {string} id */
function barHeights(id) {
  let seed = Array.from(id).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7);
  return Array.from({ length: BARS }, (_, index) => {
    seed = (seed * 137 + 71) % 9973;
    const swell = Math.sin((index / BARS) * Math.PI * 3) ** 2;
    return Math.round(18 + swell * 40 + (seed / 9973) * 42);
  });
}

/**
 * Connects the elements of a player with the sound.
 * @param {object} player
 * @param {string} player.url
 * @param {HTMLElement} player.control
 * @param {HTMLElement} player.bar
 * @param {HTMLElement} player.time
 * @param {number} player.duration in seconds, until the file itself says.
 * @param {string} player.name
 */
function wire({ url, control, bar, time, duration, name }) {
  const sound = new Audio();
  sound.preload = "none";
  sound.src = url;
  const length = () => (Number.isFinite(sound.duration) && sound.duration > 0 ? sound.duration : duration);
  const show = () => {
    const share = length() > 0 ? sound.currentTime / length() : 0;
    bar.style.setProperty("--played", `${share * 100}%`);
    for (const [index, part] of [...bar.children].entries())
      part.classList.toggle("played", index / bar.children.length < share);
    time.textContent = lengthName(sound.paused && sound.currentTime === 0 ? length() : sound.currentTime);
    bar.setAttribute("aria-valuenow", String(Math.round(sound.currentTime)));
    bar.setAttribute("aria-valuemax", String(Math.round(length())));
    bar.setAttribute("aria-valuetext", `${lengthName(sound.currentTime)} of ${lengthName(length())}`);
  };
  const seek = (/** @type {number} */ seconds) => {
    sound.currentTime = Math.min(Math.max(seconds, 0), length());
    show();
  };
  const turn = () => {
    const isPlaying = !sound.paused;
    control.replaceChildren(icon(isPlaying ? PAUSE : PLAY));
    control.setAttribute("aria-label", `${isPlaying ? "Pause" : "Play"} ${name}`);
    show();
  };
  bar.tabIndex = 0;
  bar.setAttribute("role", "slider");
  bar.setAttribute("aria-label", `Position in ${name}`);
  bar.setAttribute("aria-valuemin", "0");
  control.addEventListener("click", () => {
    if (sound.paused) void start(sound, control);
    else sound.pause();
  });
  bar.addEventListener("click", ({ clientX }) => {
    const { left, width } = bar.getBoundingClientRect();
    seek(((clientX - left) / width) * length());
  });
  bar.addEventListener("keydown", (event) => {
    const step = SEEK_STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    seek(sound.currentTime + step);
  });
  for (const event of ["play", "pause"]) sound.addEventListener(event, turn);
  for (const event of ["timeupdate", "durationchange"]) sound.addEventListener(event, show);
  sound.addEventListener("ended", () => seek(0));
  show();
}

/**
 * @param {HTMLAudioElement} sound
 * @param {HTMLElement} control
 */
async function start(sound, control) {
  if (playing !== sound) playing?.pause();
  playing = sound;
  try {
    await sound.play();
    control.removeAttribute("data-failed");
  } catch (error) {
    // An AbortError means that it was paused before it started.
    if (!(error instanceof DOMException && error.name === "AbortError"))
      control.dataset.failed = "The browser cannot play this";
  }
}
