const uuid = "vgsco4o8ws0kkc4gk4os0wow";

export default {
  headers: { Authorization: "Bearer sess1on-9f8e7d6c5b4a-Do-Not-Show" },
  ends: ["finished", "failed", "cancelled-by-user"],
  async open(call) {
    await call("GET", "/api/v1/applications");
    await call("GET", `/api/v1/applications/${uuid}`);
  },
  list: async (call) =>
    (await call("GET", `/api/v1/deployments/applications/${uuid}?skip=0&take=10`)).deployments.map((one) => one.status),
  start: async (call) => (await call("POST", `/api/v1/deploy?uuid=${uuid}&force=false`)).deployments[0].deployment_uuid,
  poll: async (call, id) => (await call("GET", `/api/v1/deployments/${id}`)).status,
  cancel: (call, id) => call("POST", `/api/v1/deployments/${id}/cancel`),
};
