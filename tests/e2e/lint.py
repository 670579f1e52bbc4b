#!/usr/bin/env python3
"""actionlint, zizmor and shellcheck on everything that runs in a CI system, and PowerShell's grammar."""

import os
import re
import subprocess

import tree_sitter
import tree_sitter_powershell
import yaml

import support

WORKFLOWS = sorted((support.ROOT / ".github/workflows").glob("*.yml"))
# actionlint in this build is 1.7.7, which is older than these runners.
NEWER_RUNNERS = re.compile(r'label "(macos-15-intel|windows-11-arm)" is unknown')


class Lint(support.TestCase):
    def run_tool(self, *command, **options):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=support.ROOT, **options)
        return done.returncode, done.stdout + done.stderr

    def test_zizmor(self):
        code, text = self.run_tool("zizmor", "--offline", "--pedantic", "--no-progress", ".")
        self.assertEqual(code, 0, text)

    def test_actionlint(self):
        _, text = self.run_tool("node", support.ROOT / "tests/e2e/actionlint.mjs", *WORKFLOWS)
        self.assertEqual([line for line in text.splitlines() if not NEWER_RUNNERS.search(line)], [])

    def test_what_init_writes(self):
        (self.dir / ".git").mkdir()
        pinned = f"octo/sproobo-deploy@{'0123456789' * 4}"
        for source in [pinned, "octo/sproobo-deploy"]:
            with self.subTest(source):
                workflow = self.dir / ".github/workflows/deploy.yml"
                workflow.unlink(missing_ok=True)
                command = [support.binary(), "init", "--site", "demo", "--sandbox", "--from", source]
                subprocess.run(command, cwd=self.dir, env={"PATH": os.defpath}, check=True, capture_output=True)
                found = self.run_tool("node", support.ROOT / "tests/e2e/actionlint.mjs", workflow)
                self.assertEqual(found, (0, ""))
                if source == pinned:
                    code, text = self.run_tool("zizmor", "--offline", "--pedantic", "--no-progress", workflow)
                    self.assertEqual(code, 0, text)

    def test_actionlint_finds_a_mistake(self):
        broken = self.dir / "broken.yml"
        broken.write_text(WORKFLOWS[0].read_text().replace("timeout-minutes", "timeout-minuets", 1))
        self.assertIn("timeout-minuets", self.run_tool("node", support.ROOT / "tests/e2e/actionlint.mjs", broken)[1])

    def test_every_foreign_action_is_pinned(self):
        for workflow in WORKFLOWS:
            for used in re.findall(r"uses: (\S+)", workflow.read_text()):
                self.assertRegex(used, r"^(\./|[\w-]+/[\w-]+@[0-9a-f]{40}$)")

    def scripts(self):
        """Every script in a shell: (where, shell, text)."""
        for workflow in WORKFLOWS:
            for job, body in yaml.safe_load(workflow.read_text())["jobs"].items():
                for step in body["steps"]:
                    if "run" in step:
                        yield f"{workflow.name} {job} {step.get('name')}", "bash", "set -e -o pipefail\n" + step["run"]
        for step in support.ACTION["runs"]["steps"]:
            if step["shell"] == "sh":
                yield f"action.yml {step['run']}", "sh", step["run"]
        yield "fetch.sh", "sh", (support.ROOT / ".github/action/fetch.sh").read_text()
        for script in [".ci/run", "tests/e2e/run"]:
            yield script, "bash", (support.ROOT / script).read_text()

    def test_shellcheck(self):
        for where, shell, text in self.scripts():
            with self.subTest(where):
                code, found = self.run_tool("shellcheck", "--shell", shell, "-", input=re.sub(r"\$\{\{.*?\}\}", "x", text))
                self.assertEqual(code, 0, found)

    def test_powershell_parses(self):
        parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
        texts = [step["run"] for step in support.ACTION["runs"]["steps"] if step["shell"] == "pwsh"]
        for text in [*texts, (support.ROOT / ".github/action/fetch.ps1").read_text()]:
            with self.subTest(text[:60]):
                self.assertFalse(parser.parse(text.encode()).root_node.has_error)
        self.assertTrue(parser.parse(b"if (").root_node.has_error)


if __name__ == "__main__":
    support.main()
