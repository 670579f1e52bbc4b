// A small dashboard: shows the site and its deployments, starts one, and watches it until it ends. What a platform's
// calls look like is in the file of its name. `document.title` says how far it is, for whoever drives the page.

const name = document.querySelector("[data-platform]").dataset.platform;
const platform = (await import(`/static/${name}.js`)).default;
const element = (id) => document.getElementById(id);
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// One call of the API: the reply's JSON, or its text.
async function call(method, path, body) {
  // Another host is not told who is signed in.
  const headers = path.startsWith("/") ? { ...platform.headers } : {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const reply = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const type = reply.headers.get("content-type") ?? "";
  return type.includes("json") ? reply.json() : reply.text();
}

// What every page does beside its work.
function tell(event) {
  fetch("/collect", { method: "POST", body: JSON.stringify({ event, visitor: crypto.randomUUID() }) });
}

async function history() {
  const words = await platform.list(call);
  element("history").replaceChildren(
    ...words.map((word) => Object.assign(document.createElement("li"), { textContent: word })),
  );
}

let cancelling = false;

async function watch(id) {
  element("cancel").disabled = false;
  let after = 0;
  for (let polls = 1; after < 3; polls += 1) {
    const word = await platform.poll(call, id);
    element("status").textContent = word;
    document.title = `Polled ${polls}`;
    if (cancelling) {
      cancelling = false;
      await platform.cancel(call, id);
    }
    if (polls % 2 === 0 && platform.log) element("log").textContent = await platform.log(call, id);
    if (platform.ends.includes(word)) after += 1;
    await pause(25);
  }
  if (platform.log) element("log").textContent = await platform.log(call, id);
  await history();
  document.title = "Over";
}

element("deploy").onclick = async () => {
  tell("deploy pressed");
  await watch(await platform.start(call));
};
element("rollback").onclick = async () => watch(await platform.rollback(call));
element("cancel").onclick = () => {
  cancelling = true;
};

tell("page opened");
await platform.open(call);
await history();
element("deploy").disabled = false;
element("rollback").disabled = !platform.rollback;
document.title = "Ready";
