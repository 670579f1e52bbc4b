// Writes the outputs and annotations of the JSON on stdin as GitHub's own library writes them.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const core = await import(pathToFileURL(`${process.env.TOOLS}/node_modules/@actions/core/lib/core.js`));
const { outputs, annotations, secrets } = JSON.parse(readFileSync(0, "utf8"));
for (const [name, value] of outputs) core.setOutput(name, value);
for (const secret of secrets) core.setSecret(secret);
for (const [level, properties, message] of annotations) core[level](message, properties);
