#!/usr/bin/env python3
"""What only a terminal shows: completions, in the shells themselves, installed as docs/install.md says; and `open`."""

import http.server
import json
import os
import pty
import re
import select
import signal
import subprocess
import threading
import time

import support

PROMPT = "ready> "
PATIENCE = 30
INSTALL = support.ROOT / "docs/install.md"

# What is typed, and what it is after the key for completion.
COMPLETED = {
    "sproobo-deploy roll": "sproobo-deploy rollback",
    "sproobo-deploy keys rot": "sproobo-deploy keys rotate",
    "sproobo-deploy help keys rot": "sproobo-deploy help keys rotate",
    "sproobo-deploy contract lea": "sproobo-deploy contract learn",
    "sproobo-deploy completions fi": "sproobo-deploy completions fish",
    "sproobo-deploy --outp": "sproobo-deploy --output",
    "sproobo-deploy --output js": "sproobo-deploy --output json",
    "sproobo-deploy deploy my-site --verify-u": "sproobo-deploy deploy my-site --verify-url",
    "sproobo-deploy deploy my-site --on-failure rol": "sproobo-deploy deploy my-site --on-failure rollback",
    "sproobo-deploy deploy my-site --on-failure=rol": "sproobo-deploy deploy my-site --on-failure=rollback",
    "sproobo-deploy deploy --sandbox=fla": "sproobo-deploy deploy --sandbox=flaky",
    "sproobo-deploy keys rotate --name ci --revoke-o": "sproobo-deploy keys rotate --name ci --revoke-old",
    "sproobo-deploy contract check spr": "sproobo-deploy contract check sproobo.json",
    "sproobo-deploy deploy demo --contract spr": "sproobo-deploy deploy demo --contract sproobo.json",
}


class Terminal:
    """A program on a pseudo-terminal."""

    def __init__(self, command, environment, folder):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, environment)
        self.text = ""

    def send(self, text):
        os.write(self.terminal, text.encode())

    def read_until(self, pattern):
        """What was printed up to a pattern, which it is the match of."""
        end = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.text)):
            if not select.select([self.terminal], [], [], max(end - time.monotonic(), 0))[0]:
                raise AssertionError(f"{pattern!r} is not in {self.text!r}")
            self.text += os.read(self.terminal, 65536).decode(errors="replace")
        self.text = self.text[found.end():]
        return found

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


class Completions(support.TestCase):
    def setUp(self):
        super().setUp()
        bin_folder = self.dir / "bin"
        bin_folder.mkdir()
        (bin_folder / "sproobo-deploy").symlink_to(support.binary())
        (self.dir / "sproobo.json").write_text("{}")
        self.environment = {
            "HOME": str(self.dir),
            "PATH": f"{bin_folder}:{os.environ['PATH']}",
            "TERM": "vt100",
            "LC_ALL": "C.UTF-8",
            "PS1": PROMPT,
        }

    def install(self, shell):
        """Does what the documentation says for a shell."""
        section = INSTALL.read_text().split("## Completions")[1].split("## ")[0]
        lines = re.search(rf"^# {shell}.*\n((?:[^#`\n].*\n)+)", section, re.MULTILINE)[1]
        subprocess.run(["bash", "-euc", lines], env=self.environment, cwd=self.dir, check=True)

    def complete(self, terminal, typed):
        """The command line after Tab, told by the shell itself."""
        terminal.read_until(re.escape(PROMPT))
        terminal.send(typed + "\t")
        # To the line's begin, a word before it, and Enter: what was completed is printed, not run.
        time.sleep(0.5)
        terminal.send("\x01print_line '\x05'\r")
        return terminal.read_until(r"\nline: ([^\r\n]*)\r?\n")[1].strip()

    def check(self, terminal):
        self.addCleanup(terminal.close)
        for typed, expected in COMPLETED.items():
            with self.subTest(typed):
                self.assertEqual(self.complete(terminal, typed), expected)

    def test_bash(self):
        self.install("bash")
        start = self.dir / "start.bash"
        start.write_text(
            ". /usr/share/bash-completion/bash_completion\n"
            f"PS1='{PROMPT}'\n"
            "print_line() { echo \"line: $*\"; }\n"
            "bind 'set bell-style none'; bind 'set enable-bracketed-paste off'\n"
        )
        self.check(Terminal(["bash", "--noprofile", "--rcfile", str(start), "-i"], self.environment, self.dir))

    def test_bash_without_its_package(self):
        start = self.dir / "start.bash"
        start.write_text(
            "source <(sproobo-deploy completions bash)\n"
            f"PS1='{PROMPT}'\n"
            "print_line() { echo \"line: $*\"; }\n"
            "bind 'set bell-style none'; bind 'set enable-bracketed-paste off'\n"
        )
        self.check(Terminal(["bash", "--noprofile", "--rcfile", str(start), "-i"], self.environment, self.dir))

    def test_zsh(self):
        self.install("zsh")
        (self.dir / ".zshrc").write_text(
            "fpath=(~/.zfunc $fpath); autoload -U compinit; compinit -u\n"
            f"PROMPT='{PROMPT}'; unsetopt prompt_cr prompt_sp zle_bracketed_paste beep\n"
            "unset zle_bracketed_paste; bindkey -e\n"
            "print_line() { echo \"line: $*\"; }\n"
        )
        self.check(Terminal([support.tool("zsh"), "-i"], self.environment, self.dir))

    def test_fish(self):
        self.install("fish")
        for typed, expected in COMPLETED.items():
            with self.subTest(typed):
                self.assertIn(expected.split(" ")[-1], self.offered_by_fish(typed))
        self.assertIn("deploy", self.offered_by_fish("sproobo-deploy "))
        for unknown in ["--unknown", "-x"]:
            self.assertNotIn("deploy", self.offered_by_fish(f"sproobo-deploy {unknown} "))

    def offered_by_fish(self, typed):
        """What the shell's own engine offers for this line."""
        done = subprocess.run(
            [support.tool("fish"), "-c", f"complete --do-complete '{typed}'"],
            env=self.environment, cwd=self.dir, capture_output=True, text=True, timeout=PATIENCE,
        )
        return [line.split("\t")[0] for line in done.stdout.splitlines()]


class Api(http.server.BaseHTTPRequestHandler):
    """Shows a site."""

    def do_GET(self):
        body = json.dumps({"site": {"id": "demo", "url": self.server.link}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Open(support.TestCase):
    """`open` where a person sits: a browser's stand-in notes what it is started with."""

    LINK = "https://demo.example/a?b=$(id)&c='d"

    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
        self.server.link = self.LINK
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.note = self.dir / "note"
        self.environment = {
            "HOME": str(self.dir),
            "PATH": f"{self.dir}:/usr/bin:/bin",
            "TERM": "vt100",
            "DISPLAY": ":0",
            "SPROOBO_API_KEY": support.KEY,
            "SPROOBO_API_URL": f"http://127.0.0.1:{self.server.server_port}",
        }
        self.browser("0")

    def browser(self, code):
        program = self.dir / "xdg-open"
        program.write_text(f"""#!/bin/sh
{{ printf '%s\\n' "$#" "$@"; env; }} >'{self.note}.part'
mv '{self.note}.part' '{self.note}'
exit {code}
""")
        program.chmod(0o755)

    def run_open(self, *more, **variables):
        """What the terminal shows, and the exit code."""
        environment = {name: value for name, value in (self.environment | variables).items() if value is not None}
        command = [str(support.binary()), "open", "demo", *more]
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.dir)
            os.execvpe(command[0], command, environment)
        text = b""
        while select.select([terminal], [], [], PATIENCE)[0]:
            try:
                part = os.read(terminal, 65536)
            except OSError:  # Linux says so that the other side is closed.
                break
            if not part:
                break
            text += part
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        return text.decode(), os.waitstatus_to_exitcode(status)

    def test_a_browser_gets_the_link_as_one_argument_and_no_secret(self):
        text, code = self.run_open()
        self.assertEqual((text.strip(), code), (self.LINK.replace("'", "%27"), 0))
        count, link, *environment = self.note.read_text().splitlines()
        self.assertEqual((count, link), ("1", text.strip()))
        self.assertIn("DISPLAY=:0", environment)
        self.assertNotIn(support.KEY, self.note.read_text())

    def test_where_there_is_none_the_link_is_there(self):
        for why, variables in {
            "no display": {"DISPLAY": None},
            "CI": {"CI": "true"},
            "GitHub": {"GITHUB_ACTIONS": "true"},
            "JSON": {"SPROOBO_OUTPUT": "json"},
            "the sandbox": {"SPROOBO_SANDBOX": "true", "SPROOBO_API_URL": None, "SPROOBO_API_KEY": None},
        }.items():
            with self.subTest(why):
                text, code = self.run_open(**variables)
                self.assertEqual(code, 0, text)
                self.assertIn("://", text)
                self.assertFalse(self.note.exists())

    def test_one_that_does_not_start_is_told_and_no_error(self):
        self.browser("3")
        text, code = self.run_open()
        self.assertEqual(code, 0)
        self.assertIn("no browser could be started", text)
        (self.dir / "xdg-open").unlink()
        text, code = self.run_open(PATH=str(self.dir))
        self.assertEqual(code, 0)
        self.assertIn("no browser could be started", text)

    def test_what_lies_in_the_current_folder_is_no_browser(self):
        for path in [".", "", f":{self.dir}/nothing:.", f"../{self.dir.name}"]:
            with self.subTest(path):
                text, code = self.run_open(PATH=path)
                self.assertEqual(code, 0)
                self.assertIn("no browser could be started", text)
                self.assertFalse(self.note.exists())

    def test_a_browser_searches_no_folder_that_depends_on_where_it_is(self):
        self.run_open(PATH=f".:{self.environment['PATH']}:bin")
        self.assertIn(f"PATH={self.environment['PATH']}", self.note.read_text().splitlines())

    def test_what_is_no_page_is_not_opened(self):
        for link in ["file:///etc/passwd", "javascript:alert(1)", f"https://demo.example/{support.KEY}"]:
            with self.subTest(link):
                self.server.link = link
                text, code = self.run_open()
                self.assertNotEqual(code, 0)
                self.assertNotIn(support.KEY, text)
                self.assertFalse(self.note.exists())


if __name__ == "__main__":
    support.main()
