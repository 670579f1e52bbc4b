const app = "/v2/apps/4f6c71e2-1e90-4762-9fee-6cc4a0a9f2cf";

export default {
  headers: { Authorization: "Bearer sess1on-9f8e7d6c5b4a-Do-Not-Show" },
  ends: ["ACTIVE", "ERROR", "CANCELED"],
  async open(call) {
    await call("GET", "/v2/apps");
    await call("GET", app);
  },
  list: async (call) => (await call("GET", `${app}/deployments?page=1&per_page=10`)).deployments.map((one) => one.phase),
  start: async (call) => (await call("POST", `${app}/deployments`, { force_build: true })).deployment.id,
  poll: async (call, id) => (await call("GET", `${app}/deployments/${id}`)).deployment.phase,
  cancel: (call, id) => call("POST", `${app}/deployments/${id}/cancel`),
  async log(call, id) {
    const { url } = await call("GET", `${app}/deployments/${id}/logs?type=BUILD&follow=false`);
    return call("GET", url);
  },
};
