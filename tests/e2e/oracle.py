#!/usr/bin/env python3
"""GitHub's own library as the oracle: for the same values our outputs and annotations are its, byte for byte."""

import json
import os
import pathlib
import re
import subprocess

import support

HERE = pathlib.Path(__file__).resolve().parent
HOSTILE = {
    "ordinary": {"url": "https://demo.example/", "dashboardUrl": "https://dash.example/d1", "commit": "0123456789abcdef" * 2},
    "percent and punctuation": {"url": "https://demo.example/%0A::set-output%20name=x::y?a=b,c:d", "commit": "100%25, a: b :: c"},
    "a workflow command": {"commit": "::add-mask::e", "failureReason": "::error::x\n::set-output name=status::succeeded"},
    "the old command form": {"commit": "x ##[set-output name=status]succeeded", "failureReason": "y ##[add-mask]e"},
    "line breaks": {"commit": "a\nstatus=succeeded\nb<<c\r\nd\r::warning::e", "failureReason": "one\ntwo\r\nthree\rfour\u2028five\u0085six"},
    "delimiters": {"commit": "ghadelimiter_00000000-0000-0000-0000-000000000000", "dashboardUrl": "https://x.example/<<EOF"},
    "not ASCII": {"commit": "ä\u202e𝒳\ufeff\x1b[31m\x00", "failureReason": "Größe überschritten 💥"},
    "no text at all": {"url": 5, "commit": ["a"], "dashboardUrl": {"a": None}, "failureReason": True},
}
# Not about the remote text but about which fields there are: another commit than was asked for, a success with a reason.
OF_FIELDS = {"Another commit is live", "A success beside a failure"}
LOG = [text for extra in HOSTILE.values() for text in extra.values() if isinstance(text, str)] + ["::endgroup::", "\t::stop-commands::x"]


class Oracle(support.TestCase):
    def deploy(self, extra, status):
        """Runs `deploy` as a step; gives its output."""
        with support.Sproobo([status], extra, LOG) as server:
            environment = self.runner_environment() | {
                "SPROOBO_API_KEY": support.KEY,
                "SPROOBO_API_URL": server.url,
                "SPROOBO_KEY_CREATED_AT": "2020-01-01",
                "SPROOBO_LOGS": "always",
                "SPROOBO_SITE": "demo",
            }
            done = subprocess.run(
                [support.binary(), "deploy"], env=environment, cwd=self.dir / "work", capture_output=True, text=True, timeout=60
            )
        self.assertEqual(done.returncode, {"success": 0, "failed": 1}[status], done.stdout + done.stderr)
        return done.stdout

    def oracle(self, outputs, commands):
        """What @actions/core writes: (the output file, stdout)."""
        file = self.dir / "oracle"
        file.write_text("")
        values = {
            "outputs": outputs,
            "secrets": [data for name, _, data in commands if name == "add-mask"],
            "annotations": [command for command in commands if command[0] in ("error", "warning", "notice")],
        }
        done = subprocess.run(
            ["node", HERE / "oracle.mjs"],
            input=json.dumps(values),
            env={"PATH": os.environ["PATH"], "TOOLS": os.environ["TOOLS"], "GITHUB_OUTPUT": str(file)},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return file.read_text(), done.stdout

    def assert_as_the_oracle(self, extra, status):
        (self.dir / "output").unlink(missing_ok=True)
        text = self.deploy(extra, status)
        ours = (self.dir / "output").read_text()
        commands = support.parse_commands(text)
        file, stdout = self.oracle(support.parse_env_file(ours), commands)
        self.assertEqual(without_delimiters(ours), without_delimiters(file))
        lines = [line for line in text.splitlines() if re.match("::(error|warning|notice|add-mask)[ :]", line)]
        self.assertEqual(sorted(lines), sorted(stdout.splitlines()))
        return text, dict(support.parse_env_file(ours)), commands

    def test_what_we_write_is_what_the_library_writes(self):
        for case, extra in HOSTILE.items():
            for status in ("success", "failed"):
                with self.subTest(case, status=status):
                    _, outputs, commands = self.assert_as_the_oracle(extra, status)
                    self.assertEqual(outputs["status"], {"success": "succeeded", "failed": "failed"}[status])
                    self.assertEqual(outputs["deployment-id"], "d1")
                    self.assertEqual(json.loads(outputs["result-json"])[0]["deployment_id"], "d1")
                    self.assertIn("warning", [name for name, _, _ in commands], "the key is stale")

    def test_remote_text_adds_no_command(self):
        """The commands of a hostile run are those of an ordinary one, and the key alone is masked."""
        for status in ("success", "failed"):
            expected = None
            for case, extra in HOSTILE.items():
                with self.subTest(case, status=status):
                    text = self.deploy(extra, status)
                    commands = [command for command in support.parse_commands(text) if command[1].get("title") not in OF_FIELDS]
                    kinds = [(name, properties) for name, properties, _ in commands]
                    expected = expected or kinds
                    self.assertEqual(kinds, expected)
                    self.assertNotIn("##[", text)
                    self.assertEqual({data for name, _, data in commands if name == "add-mask"}, {support.KEY})


def without_delimiters(text):
    """The file with each entry's random delimiter replaced, once in its head and once at its end."""
    names = {}
    for name, delimiter in re.findall(r"^([\w-]+)<<(\S+)$", text, re.MULTILINE):
        names[delimiter] = f"DELIMITER-OF-{name}"
    return "\n".join(
        re.sub(r"<<(\S+)$", lambda found: "<<" + names[found[1]], line) if re.match(r"[\w-]+<<\S+$", line) else names.get(line, line)
        for line in text.split("\n")
    )


if __name__ == "__main__":
    support.main()
