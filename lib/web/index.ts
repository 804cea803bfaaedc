export { type DashboardSources, registerDashboard } from "./dashboard.ts";
export {
  checkReadiness,
  problemsNow,
  type Readiness,
  type ReadinessSources,
  registerHealth,
} from "./health.ts";
export { createMetrics, type MetricSources, type Metrics, registerMetrics } from "./metrics.ts";
export { startWebServer, type WebServer, type WebServerOptions } from "./server.ts";
export { registerWebhook, type WebhookRouteOptions } from "./webhook.ts";
