// Loaded into a bot by a test (node --import): drops a share of its wake-ups, as a lost connection to Redis would.
import { Job, Queue } from "bullmq";

const share = Number(process.env.DROP_WAKE_UPS ?? 0);
const add = Queue.prototype.add;

Queue.prototype.add = function addUnlessDropped(...args) {
  return Math.random() < share ? Promise.resolve(new Job(this, "dropped", undefined)) : add.apply(this, args);
};
