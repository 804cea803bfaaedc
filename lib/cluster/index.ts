export type { Announcement } from "./announcements.ts";
export type { ChatWorker } from "./chat-homes.ts";
export { type Cluster, type ClusterOptions, openCluster } from "./cluster.ts";
export { type Holding, type Job, Lease, type LeaseOptions, type Notes, type RunAlone } from "./lease.ts";
export { LineExchange } from "./model-line/exchange.ts";
export { ModelLine } from "./model-line/model-line.ts";
