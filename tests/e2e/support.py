"""What the end-to-end tests share: the action as the runner sees it, and a Sproobo that says what a test wants."""

import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
KEY = "spb_" + "".join(f"e2e{digit}" for digit in range(10))


def binary():
    """The binary under test: the first argument of every script here."""
    return pathlib.Path(sys.argv[1]).resolve()


def tool(name):
    """Where a program is that a test needs; without it the test fails."""
    found = shutil.which(name)
    if not found:
        raise AssertionError(f"{name} is not installed")
    return found


def main():
    """Runs the calling script's tests: SCRIPT BINARY [arguments of unittest]."""
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(f"usage: {sys.argv[0]} BINARY [unittest's arguments]")
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)


class TestCase(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="sproobo-e2e."))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def repository(self, name, files=()):
        """A folder with a git repository, which has one commit, of these files."""
        folder = self.dir / name
        for file, text in dict(files).items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text)
        subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
        subprocess.run(["git", "-C", folder, "remote", "add", "origin", "git@github.com:acme/shop.git"], check=True)
        commit_all(folder)
        return folder

    def run_in(self, folder, command, **options):
        """Runs a command to its end; gives (exit code, all that it printed)."""
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **{"timeout": 200} | options,
        )
        return done.returncode, done.stdout

    def runner_environment(self):
        """What the runner sets for a step, with files and folders of this test's own."""
        for folder in ("temp", "work", "home"):
            (self.dir / folder).mkdir(exist_ok=True)
        for file in ("output", "summary"):
            (self.dir / file).touch()
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.dir / "home"),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(self.dir / "output"),
            "GITHUB_STEP_SUMMARY": str(self.dir / "summary"),
            "GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567",
            "GITHUB_REF_NAME": "main",
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "RUNNER_TEMP": str(self.dir / "temp"),
        }


def commit_all(folder):
    git = ["git", "-C", folder, "-c", "user.name=e2e", "-c", "user.email=e2e@localhost"]
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "The commit's subject"], check=True)


class Sandbox:
    """`sproobo-deploy sandbox` with these arguments; gives the variables that it prints."""

    def __init__(self, *arguments):
        self.arguments = arguments

    def __enter__(self):
        self.process = subprocess.Popen(
            [binary(), "sandbox", *self.arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        variables = {}
        for line in self.process.stdout:
            found = re.match(r"\s*export (\w+)='?([^'\n]*)'?", line)
            if found:
                variables[found[1]] = found[2]
            if len(variables) == 2:
                return variables
        raise AssertionError("the sandbox printed no variables")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def start_group(command, test, **options):
    """Starts a process in a group of its own, of which nothing is left when the test ends."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        **options,
    )

    def end():
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        process.stdout.close()

    test.addCleanup(end)
    return process


def wait_until(condition):
    for _ in range(200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("what the test waits for never happened")


def step(name):
    """A step of the action by its id, or the clean-up step on Unix as `cancel-unix`."""
    for candidate in ACTION["runs"]["steps"]:
        if candidate.get("id") == name:
            return candidate
        if name == "cancel-unix" and candidate["shell"] == "sh" and candidate.get("if", "").startswith("cancelled()"):
            return candidate
    raise LookupError(name)


def step_environment(step, inputs=(), outputs=(), github=()):
    """The step's `env:` with its expressions evaluated. As under the runner, nothing else of the inputs gets in, and
    those that are not given are empty."""
    inputs = {name: "" for name in ACTION["inputs"]} | dict(inputs)
    contexts = {"inputs": inputs, "outputs": dict(outputs), "github": dict(github)}

    def value(text):
        if text == "${{ toJSON(inputs) }}":
            return json.dumps(inputs, indent=2, ensure_ascii=False)
        if "${{" not in text:
            return text
        whole = re.fullmatch(r"\$\{\{ (?:(inputs|github)\.([\w-]+)|steps\.[\w-]+\.(outputs)\.([\w-]+)) \}\}", text)
        if not whole:
            raise AssertionError(f"an expression that this model does not know: {text}")
        return contexts[whole[1] or whole[3]].get(whole[2] or whole[4], "")

    return {name: value(text) for name, text in step["env"].items()}


def parse_env_file(text):
    """`name=value` and `name<<delimiter` entries as (name, value), as actions/runner's FileCommandManager reads them."""
    entries, lines = [], text.split("\n")
    if lines[-1] == "":
        lines.pop()
    rest = iter(lines)
    for line in rest:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            entries.append((line[:equals], line[equals + 1 :]))
        elif heredoc > 0:
            name, delimiter = line[:heredoc], line[heredoc + 2 :]
            value = []
            for inner in rest:
                if inner == delimiter:
                    break
                value.append(inner)
            else:
                raise ValueError(f"no end of {name}")
            entries.append((name, "\n".join(value)))
        else:
            raise ValueError(f"invalid format: {line!r}")
    return entries


COMMAND = re.compile(r"^\s*::(?P<name>[a-z-]+)(?: (?P<properties>.*?))?::(?P<data>.*)$")


def parse_commands(output):
    """The workflow commands in a step's output, as (name, properties, data), as actions/runner's ActionCommand does."""

    def unescape(text, pairs):
        for escaped, plain in pairs:
            text = text.replace(escaped, plain)
        return text

    data_pairs = [("%0D", "\r"), ("%0A", "\n"), ("%25", "%")]
    property_pairs = [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")]
    commands = []
    for line in re.split(r"\r\n|\r|\n", output):
        found = COMMAND.match(line)
        if found:
            properties = dict(
                (name, unescape(value, property_pairs))
                for name, _, value in (pair.partition("=") for pair in (found["properties"] or "").split(",") if pair)
            )
            commands.append((found["name"], properties, unescape(found["data"], data_pairs)))
    return commands


class LoopbackServer(http.server.ThreadingHTTPServer):
    """A server on a free port of loopback, as long as the `with` lasts."""

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Sproobo(LoopbackServer):
    """A Sproobo on loopback by the default contract. `statuses` is what each look at the deployment finds, the last
    one for ever; a cancelled deployment stays `cancelled`. `extra` adds or replaces members of the deployment, `log` is
    its log."""

    def __init__(self, statuses=("building", "success"), extra=None, log=()):
        super().__init__(Handler)
        self.statuses = list(statuses)
        self.extra = extra or {}
        self.log = list(log)
        self.requests = []
        self.cancelled = False

    def count(self, method, path):
        return self.requests.count((method, path))


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer("GET")

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer("POST")

    def answer(self, method):
        path = self.path.partition("?")[0]
        self.server.requests.append((method, path))
        status, body = self.reply(method, path)
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            status, body = 401, {"error": {"code": "unauthorized", "message": "the key is not known"}}
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def reply(self, method, path):
        server = self.server
        if (method, path) == ("POST", "/sites/demo/deployments"):
            return 201, {"deployment": {"id": "d1", "status": "queued", **server.extra}}
        if (method, path) == ("GET", "/sites/demo/deployments"):
            return 200, {"deployments": []}
        if (method, path) == ("GET", "/sites/demo/deployments/d1"):
            if server.cancelled:
                return 200, {"deployment": {"id": "d1", "status": "cancelled", **server.extra}}
            status = server.statuses.pop(0) if len(server.statuses) > 1 else server.statuses[0]
            return 200, {"deployment": {"id": "d1", "status": status, "health": "healthy", **server.extra}}
        if (method, path) == ("GET", "/sites/demo/deployments/d1/logs"):
            return 200, {"lines": server.log}
        if (method, path) == ("POST", "/sites/demo/deployments/d1/cancel"):
            server.cancelled = True
            return 200, {"deployment": {"id": "d1", "status": "cancelled"}}
        return 404, {"error": {"code": "not_found", "message": "nothing here"}}
