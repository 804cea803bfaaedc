// Loaded into a bot by a test (node --import): sets its wall clock back an hour, a while after its start, and says so.
const HOUR_MS = 3_600_000;
const afterMs = Number(process.env.CLOCK_SET_BACK_AFTER_MS ?? 0);
const realNow = Date.now;
let backMs = 0;

Date.now = () => realNow() - backMs;
globalThis.Date = new Proxy(Date, {
  construct: (RealDate, values, target) =>
    Reflect.construct(RealDate, values.length === 0 ? [Date.now()] : values, target),
});

if (afterMs > 0) {
  setTimeout(() => {
    backMs = HOUR_MS;
    process.stderr.write("The clock was set back\n");
  }, afterMs).unref();
}
