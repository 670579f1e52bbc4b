const service = "/v1/services/srv-cukouhrtq21c73e9scng";

export default {
  headers: { Authorization: "Bearer sess1on-9f8e7d6c5b4a-Do-Not-Show" },
  ends: ["live", "build_failed", "canceled"],
  async open(call) {
    await call("GET", "/v1/services?limit=20");
    await call("GET", service);
  },
  list: async (call) => (await call("GET", `${service}/deploys?limit=20`)).map((item) => item.deploy.status),
  start: async (call) =>
    (await call("POST", `${service}/deploys`, { commitId: "0123456789abcdef0123456789abcdef01234567", clearCache: "do_not_clear" })).id,
  async rollback(call) {
    const [newest] = await call("GET", `${service}/deploys?limit=20`);
    return (await call("POST", `${service}/rollback`, { deployId: newest.deploy.id })).id;
  },
  poll: async (call, id) => (await call("GET", `${service}/deploys/${id}`)).status,
  cancel: (call, id) => call("POST", `${service}/deploys/${id}/cancel`),
};
