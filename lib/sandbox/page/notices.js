/** Short words to the person: a toast that goes by itself, and an alert they close. */

const TOAST_MS = 3500;

export class Notices {
  #timer;

  constructor({ toast, alert, alertText }) {
    this.parts = { toast, alert, alertText };
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
}
