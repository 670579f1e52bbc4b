const serviceId = "9f1a3c5e-7b2d-4f60-8a91-c3d5e7f90b12";
const environmentId = "b8d2f4a6-1c3e-4a5b-9d7f-e1f3a5b7c9d0";
const projectId = "1c0ffee5-90ab-4cde-8f12-3456789abcde";

const ask = async (call, query, variables) => (await call("POST", "/graphql/v2", { query, variables })).data;

export default {
  headers: { Authorization: "Bearer sess1on-9f8e7d6c5b4a-Do-Not-Show" },
  ends: ["SUCCESS", "FAILED", "REMOVED"],
  open: (call) => ask(call, "query service($id: String!) { service(id: $id) { id name projectId } }", { id: serviceId }),
  async list(call) {
    const query = `
      query deployments($input: DeploymentListInput!, $first: Int) {
        deployments(input: $input, first: $first) { edges { node { id status createdAt staticUrl meta } } }
      }`;
    const { deployments } = await ask(call, query, { input: { projectId, environmentId, serviceId }, first: 20 });
    return deployments.edges.map((edge) => edge.node.status);
  },
  start: async (call) =>
    (
      await ask(
        call,
        `mutation deploy($serviceId: String!, $environmentId: String!, $commitSha: String) {
          serviceInstanceDeployV2(serviceId: $serviceId, environmentId: $environmentId, commitSha: $commitSha)
        }`,
        { serviceId, environmentId, commitSha: "0123456789abcdef0123456789abcdef01234567" },
      )
    ).serviceInstanceDeployV2,
  poll: async (call, id) =>
    (await ask(call, "query deployment($id: String!) {deployment(id: $id) {id status createdAt staticUrl meta}}", { id }))
      .deployment.status,
  cancel: (call, id) => ask(call, "mutation cancel($id: String!) { deploymentCancel(id: $id) }", { id }),
  log: async (call, deploymentId) =>
    (
      await ask(
        call,
        "query logs($deploymentId: String!, $limit: Int) { buildLogs(deploymentId: $deploymentId, limit: $limit) { timestamp message severity } }",
        { deploymentId, limit: 50 },
      )
    ).buildLogs
      .map((line) => line.message)
      .join("\n"),
};
