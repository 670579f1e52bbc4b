const team = "teamId=team_nUk7Lz0aBcDeFgHiJkLm";
const project = "prj_12HKQaOmR5t5Uy6vdcQsNIiZgHGB";

export default {
  headers: {},
  ends: ["READY", "ERROR", "CANCELED"],
  async open(call) {
    await call("GET", `/v9/projects?${team}`);
    await call("GET", `/v9/projects/web?${team}`);
  },
  list: async (call) =>
    (await call("GET", `/v6/deployments?projectId=${project}&limit=20&${team}`)).deployments.map((one) => one.state),
  start: async (call) =>
    (
      await call("POST", `/v13/deployments?${team}`, {
        name: "web",
        project,
        target: "production",
        gitSource: { type: "github", repoId: 123456789, ref: "main", sha: "0123456789abcdef0123456789abcdef01234567" },
      })
    ).id,
  poll: async (call, id) => (await call("GET", `/v13/deployments/${id}?${team}`)).readyState,
  cancel: (call, id) => call("PATCH", `/v12/deployments/${id}/cancel?${team}`),
  log: async (call, id) =>
    (await call("GET", `/v3/deployments/${id}/events?builds=1&${team}`)).map((event) => event.text).join("\n"),
};
