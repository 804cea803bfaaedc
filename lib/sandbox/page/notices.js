/** Notices to the person: a toast, an alert to be closed, and a question to be answered with yes or no. */

const TOAST_MS = 3500;

/**
 * @typedef {object} NoticeParts
 * @property {HTMLElement} toast
 * @property {HTMLDialogElement} alert
 * @property {HTMLElement} alertText
 * @property {HTMLDialogElement} question
 * @property {HTMLElement} questionText
 */

export class Notices {
  /** @type {number | undefined} */
  #timer;

  /** @param {NoticeParts} parts */
  constructor(parts) {
    this.parts = parts;
  }

  /**
   * Shows a text that disappears by itself.
   * @param {string} text
   */
  toast(text) {
    const { toast } = this.parts;
    toast.textContent = text;
    toast.hidden = false;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      toast.hidden = true;
    }, TOAST_MS);
  }

  /** @param {string} text */
  alert(text) {
    const { alert, alertText } = this.parts;
    alertText.textContent = text;
    if (!alert.open) alert.showModal();
  }

  /**
   * @param {string} text
   * @returns {Promise<boolean>}
   */
  confirm(text) {
    const { question, questionText } = this.parts;
    questionText.textContent = text;
    question.returnValue = "";
    question.showModal();
    return new Promise((resolve) => {
      question.addEventListener("close", () => resolve(question.returnValue === "yes"), { once: true });
    });
  }
}
