"""What the documentation's examples talk to beside Sproobo: GitHub, GitLab, a chat's hook and a deployed site, on loopback."""

import base64
import http.server
import json
import re
import subprocess

import support


class Server(support.LoopbackServer):
    def __init__(self, answer):
        super().__init__(Handler)
        self.answer = answer


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, reply = self.server.answer(self.command, self.path.partition("?")[0], body)
        payload = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if isinstance(reply, bytes) else "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_POST = do_PUT = do_PATCH = handle_any


class Site(Server):
    """The deployed site: says which commit it is."""

    def __init__(self):
        super().__init__(lambda *_: (200, self.commit.encode()))
        self.commit = ""

    def deploy(self, repository):
        command = ["git", "-C", repository, "rev-parse", "HEAD"]
        self.commit = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


class Services(Server):
    """GitHub and GitLab as far as the examples write to them, and a chat's hook. `requests` holds what was asked."""

    def __init__(self):
        super().__init__(self.reply)
        self.requests = []
        self.told = []

    @property
    def hook(self):
        return f"{self.url}/hook"

    @property
    def variables(self):
        return {
            "GITHUB_API_URL": f"{self.url}/github",
            "GITHUB_REPOSITORY": "acme/shop",
            "GITHUB_TOKEN": "github_pat_0123456789abcdefghij",
            "CI_API_V4_URL": f"{self.url}/gitlab",
            "CI_PROJECT_ID": "7",
            "GITLAB_TOKEN": "glpat-0123456789abcdefghij",
        }

    def wrote(self, pattern):
        return any(method != "GET" and re.fullmatch(pattern, path) for method, path in self.requests)

    def reply(self, method, path, body):
        self.requests.append((method, path))
        if path == "/hook":
            self.told.append(json.loads(body))
            return 200, {}
        if path.endswith("/public-key"):
            # Any point that is none of the few that protect nothing.
            return 200, {"key_id": "1", "key": base64.b64encode(bytes(range(9, 41))).decode()}
        if method != "GET":
            number = len(self.requests)
            user = {"login": "github-actions[bot]", "type": "Bot"}
            return 201, {"id": number, "number": number, "html_url": f"https://github.example/{number}", "user": user, "state": "x"}
        if re.search(r"/(issues|comments|deployments|statuses|variables)$", path):
            return 200, []
        return 404, {"message": "Not Found"}
