/** Switches the simulated model on and off, where the bot has no model of its own. */

/**
 * Shows the switch as it is, and tells the server of changes.
 * @param {HTMLElement} label holds the switch
 * @param {HTMLSelectElement} select
 */
export async function followModel(label, select) {
  const response = await fetch("/chat/model").catch(() => null);
  /** @type {{ mode: string | null }} */
  const { mode } = response?.ok ? await response.json() : { mode: null };
  if (mode === null) return;
  select.value = mode;
  label.hidden = false;
  select.addEventListener("change", () => {
    void fetch("/chat/model", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ mode: select.value }),
    });
  });
}
