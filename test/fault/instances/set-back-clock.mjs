// Loaded into a bot by a test (node --import): sets its wall clock back an hour, a while after its start.
const HOUR_MS = 3_600_000;
const setBackAt = performance.now() + Number(process.env.CLOCK_SET_BACK_AFTER_MS ?? Number.POSITIVE_INFINITY);
const realNow = Date.now;

Date.now = () => realNow() - (performance.now() >= setBackAt ? HOUR_MS : 0);
globalThis.Date = new Proxy(Date, {
  construct: (RealDate, values, target) =>
    Reflect.construct(RealDate, values.length === 0 ? [Date.now()] : values, target),
});
