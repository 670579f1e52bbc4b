#!/usr/bin/env python3
"""What a person sees, in a real terminal (tmux): at several widths, while it is resized, and as the README's picture.

`window.py BINARY --draw` draws that picture anew."""

import os
import re
import shlex
import subprocess
import sys
import time

import picture
import support

PICTURE = support.ROOT / "docs/pictures/terminal.svg"
COLUMNS = 100


class Terminal:
    """A terminal of tmux that runs a script; what it shows is the reader's screen, what it has shown the whole scroll."""

    def __init__(self, folder, columns, lines, script, environment):
        self.tmux = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items())
        (folder / "script").write_text(f"cd {shlex.quote(str(folder))}\n{exports}{script}\nsleep 600\n")
        started = ["new-session", "-d", "-x", str(columns), "-y", str(lines), f"bash {folder}/script"]
        # As a person's shell: no CI system, nothing of this one's settings.
        clean = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "TERM": "xterm-256color"}
        options = ["set", "-g", "status", "off", ";", "set", "-g", "history-limit", "50000", ";"]
        subprocess.run([*self.tmux, *options, *started], env=clean, check=True)

    def screen(self, *options):
        command = [*self.tmux, "capture-pane", "-p", *options]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.rstrip("\n")

    def scroll(self):
        """Everything that was ever shown, lines that the terminal broke put together again."""
        return self.screen("-J", "-S", "-")

    def resize(self, columns):
        subprocess.run([*self.tmux, "resize-window", "-x", str(columns)], check=True)

    def wait_for(self, pattern, seconds=90):
        for _ in range(seconds * 10):
            screen = self.scroll()
            if re.search(pattern, screen, re.DOTALL):
                return screen
            time.sleep(0.1)
        raise AssertionError(f"{pattern!r} never came:\n{screen}")

    def close(self):
        subprocess.run([*self.tmux, "kill-server"], check=False)


class Terminals(support.TestCase):
    def open(self, columns, lines, script, **environment):
        (self.dir / "bin").mkdir(exist_ok=True)
        (self.dir / "bin/sproobo-deploy").unlink(missing_ok=True)
        (self.dir / "bin/sproobo-deploy").symlink_to(support.binary())
        environment |= {"PATH": f"{self.dir / 'bin'}:{os.environ['PATH']}"}
        terminal = Terminal(self.dir, columns, lines, script, environment)
        self.addCleanup(terminal.close)
        return terminal

    def commit(self):
        """The folder is a checkout of one commit, the same one every time."""
        who = {"NAME": "e2e", "EMAIL": "e2e@localhost", "DATE": "2026-01-31T12:00:00Z"}
        fixed = {f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in who.items()}
        for command in (["init", "-q", "-b", "main"], ["commit", "-q", "--allow-empty", "-m", "Add the new checkout page"]):
            subprocess.run(["git", "-C", self.dir, *command], env=os.environ | fixed, check=True)

    def drawn(self):
        """The screen of the README's picture: a failure, and several sites of which two have ended."""
        self.commit()
        with support.Sandbox("--scenario=fail") as failing, support.Sandbox() as working:
            commands = ["sproobo-deploy deploy shop --log-lines 3", "sproobo-deploy deploy docs demo worker"]
            script = ""
            for command, variables in zip(commands, (failing, working)):
                given = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
                script += f"echo {shlex.quote('$ ' + command)}\n{given} {command}\n"
            terminal = self.open(COLUMNS, 40, script)
            terminal.wait_for(r"docs: +succeeded.*demo: +succeeded|demo: +succeeded.*docs: +succeeded")
            terminal.wait_for("worker +settling")
            return terminal.screen("-e")

    def test_the_readmes_picture_shows_what_is_really_printed(self):
        screen = self.drawn()
        if DRAW:
            PICTURE.parent.mkdir(exist_ok=True)
            title = "sproobo-deploy in a terminal: a failure with its reason and what to do next, and three sites at once"
            PICTURE.write_text(picture.terminal(steady(screen), COLUMNS, title))
        svg = PICTURE.read_text()
        self.assertEqual(comparable(picture.text_of(svg)), comparable(picture.plain(screen)))
        self.assertLess(len(svg), 40_000)

    def test_what_matters_stays_visible_at_every_width(self):
        self.commit()
        for columns in (120, 100, 80, 50):
            with self.subTest(columns=columns), support.Sandbox("--scenario=slow") as sandbox:
                terminal = self.open(columns, 30, "sproobo-deploy deploy demo worker", **sandbox)
                shown = terminal.wait_for("demo +building, .*worker +building, ")
                link = f"{sandbox['SPROOBO_API_URL'].removesuffix('/api')}/dashboard/demo/dep_demo_5"
                self.assertIn(link, shown)
                self.assertRegex(shown, r'Deploying [0-9a-f]{7} "Add the new ch.*" \(main\)')
                lines = [line for line in terminal.screen().splitlines() if re.match(r"\S (demo|worker) +building", line)]
                self.assertEqual(len(lines), 2, terminal.screen())
                self.assertIn("dep_demo_5", lines[0])
                self.assertEqual(lines[0].index("building"), lines[1].index("building"))
                terminal.close()

    def test_no_line_of_a_log_is_lost_when_the_window_is_resized(self):
        log = [{"text": f"line {number} of the build, which is as long as a line of a build is"} for number in range(400)]
        with support.Sproobo(["building"] * 60 + ["success"]) as server:
            settings = {"SPROOBO_API_KEY": support.KEY, "SPROOBO_API_URL": server.url}
            command = "sproobo-deploy deploy demo --no-key-check --logs=always --poll-interval=200ms"
            terminal = self.open(100, 30, f"{command}\necho it ended with $?", **settings)
            terminal.wait_for("demo +building")
            widths = [60, 120, 40, 100, 50, 45, 90, 150] * 2
            for turn, columns in enumerate(widths):
                share = len(log) // len(widths)
                server.log += log[turn * share : (turn + 1) * share]
                terminal.resize(columns)
                time.sleep(0.4)
            shown = terminal.wait_for(r"it ended with 0")
            for line in log:
                self.assertEqual(shown.count(line["text"]), 1, shown)
            # Each is a line to the terminal too, not a part of a paragraph that the next resize would run together.
            self.assertNotRegex(shown, r"of a build is +\n")
            self.assertNotIn("2K", shown)
            # And nothing of the progress stays behind as if it went on.
            self.assertNotRegex(terminal.screen(), "demo +building")


def steady(screen):
    """Ports and times of day as they are every time; the first with as many digits as they have anyway."""
    screen = re.sub(r"127\.0\.0\.1:\d{5}", "127.0.0.1:40100", screen)
    return re.sub(r"\b\d\d:\d\d:\d\d\b", "12:00:00", screen)


def comparable(text):
    """What does not hang on how quick the machine was."""
    text = re.sub(r"\b\d+ s\b", "N s", steady(text))
    text = re.sub(r"^[⠁-⣿] ", "⠿ ", text, flags=re.MULTILINE)
    lines = [line.rstrip() for line in text.splitlines()]
    # Two sites that end at the same time end in any order.
    return sorted(lines) if len(lines) > 1 else lines


DRAW = "--draw" in sys.argv
if __name__ == "__main__":
    sys.argv = [argument for argument in sys.argv if argument != "--draw"]
    support.main()
