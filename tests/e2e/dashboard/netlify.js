const site = "/api/v1/sites/0d3a9d2f-ef94-4380-93df-27ee400e2048";

export default {
  headers: { Authorization: "Bearer sess1on-9f8e7d6c5b4a-Do-Not-Show" },
  ends: ["ready", "error"],
  async open(call) {
    await call("GET", "/api/v1/sites?filter=all");
    await call("GET", site);
  },
  list: async (call) => (await call("GET", `${site}/deploys?page=1&per_page=20`)).map((deploy) => deploy.state),
  start: async (call) => (await call("POST", `${site}/builds`, { clear_cache: false })).deploy_id,
  poll: async (call, id) => (await call("GET", `/api/v1/deploys/${id}`)).state,
  cancel: (call, id) => call("POST", `/api/v1/deploys/${id}/cancel`),
};
