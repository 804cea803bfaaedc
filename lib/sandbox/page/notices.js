/** Short words to the person: a toast that goes by itself, an alert they close, a question they answer. */

const TOAST_MS = 3500;

export class Notices {
  #timer;

  constructor({ toast, alert, alertText, question, questionText }) {
    this.parts = { toast, alert, alertText, question, questionText };
  }

  toast(text) {
    const { toast } = this.parts;
    toast.textContent = text;
    toast.hidden = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      toast.hidden = true;
    }, TOAST_MS);
  }

  alert(text) {
    const { alert, alertText } = this.parts;
    alertText.textContent = text;
    if (!alert.open) alert.showModal();
  }

  /** Asks something that is answered by yes or no. */
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
