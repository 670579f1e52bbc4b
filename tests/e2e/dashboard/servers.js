const sites = "/api/v2/projects/52001/servers/7104/sites";
let next = "0";

export default {
  headers: { "X-Csrf-Token": "csrf-4711-Do-Not-Show" },
  ends: ["healthy", "unhealthy", "stopped"],
  async open(call) {
    await call("GET", sites);
    await call("GET", `${sites}/33105`);
  },
  list: async (call) => (await call("GET", `${sites}/33105/runs`)).data.map((run) => run.state),
  start: async (call) =>
    (
      await call("POST", `${sites}/33105/runs`, {
        git: { sha: "0123456789abcdef0123456789abcdef01234567", branch: "main" },
        message: "Change the greeting of every page",
        reference: crypto.randomUUID(),
        force: false,
      })
    ).data.id,
  async poll(call, id) {
    const { state, health } = (await call("GET", `${sites}/33105/runs/${id}`)).data;
    return health ?? state;
  },
  cancel: (call, id) => call("DELETE", `${sites}/33105/runs/${id}`),
  async log(call, id) {
    const { lines, next: after } = (await call("GET", `${sites}/33105/runs/${id}/output?after=${next}`)).data;
    next = after;
    return lines.join("\n");
  },
};
