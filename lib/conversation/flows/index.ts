export { createFlows, type Flows, type FlowsDeps } from "./flows.ts";
