// Drives a dashboard in a real browser and keeps the recording, as a person would: open, press, wait, save.
// Usage: node record.mjs TOOLS URL deploy|cancel|rollback OUT.har
//
// TOOLS is a folder with playwright-core in its node_modules; the browser is CHROMIUM or /usr/bin/chromium.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [tools, url, action, out] = process.argv.slice(2);
const { chromium } = createRequire(join(resolve(tools), "node_modules", "x.js"))("playwright-core");

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const context = await browser.newContext({ recordHar: { path: out, content: "embed", mode: "full" } });
const page = await context.newPage();
page.setDefaultTimeout(60_000);
const titled = (pattern) => page.waitForFunction((text) => new RegExp(text).test(document.title), pattern);
await page.goto(url);
await titled("^Ready");
await page.click(action === "rollback" ? "#rollback" : "#deploy");
if (action === "cancel") {
  await titled("^Polled [3-9]");
  await page.click("#cancel");
}
await titled("^Over");
await context.close();
await browser.close();

// What a test needs of it: no timings, no sizes of what is not there, no content of pages and scripts.
const { log } = JSON.parse(readFileSync(out, "utf8"));
const kept = new Set(["authorization", "cookie", "x-csrf-token", "x-api-key", "referer", "origin", "content-type", "accept"]);
const entries = log.entries.map((entry) => {
  const { request, response } = entry;
  const content = { ...response.content };
  delete content.compression;
  if (!/json|text\/plain/.test(content.mimeType ?? "")) delete content.text;
  return {
    startedDateTime: entry.startedDateTime,
    time: Math.round(entry.time * 10) / 10,
    request: {
      method: request.method,
      url: request.url,
      headers: request.headers.filter(({ name }) => kept.has(name.toLowerCase())),
      ...(request.postData && { postData: { mimeType: request.postData.mimeType, text: request.postData.text } }),
    },
    response: { status: response.status, content },
  };
});
const trimmed = { version: log.version, creator: log.creator, browser: log.browser, entries };
writeFileSync(out, `{"log":{"version":${JSON.stringify(trimmed.version)},"creator":${JSON.stringify(trimmed.creator)},`
  + `"browser":${JSON.stringify(trimmed.browser)},"entries":[\n${entries.map((entry) => JSON.stringify(entry)).join(",\n")}\n]}}\n`);
