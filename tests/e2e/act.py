#!/usr/bin/env python3
"""The action in workflows, run by act on this machine."""

import json
import os
import shutil
import subprocess
import sys

import support

# act exports INPUT_*, which the real runner does not do for composite actions (actions/runner#665).
WRAPPER = """#!{python}
import os, sys
environment = {{name: value for name, value in os.environ.items() if not name.startswith("INPUT_")}}
os.execve("{binary}", ["{binary}", *sys.argv[1:]], environment)
"""


class Act(support.TestCase):
    def setUp(self):
        super().setUp()
        self.repository = self.dir / "repository"
        (self.repository / ".github/workflows").mkdir(parents=True)
        shutil.copy(support.ROOT / "action.yml", self.repository)
        shutil.copytree(support.ROOT / ".github/action", self.repository / ".github/action")
        shutil.copy(support.ROOT / "tests/e2e/act.yml", self.repository / ".github/workflows/test.yml")
        (self.repository / "binary").write_text(WRAPPER.format(python=sys.executable, binary=support.binary()))
        (self.repository / "binary").chmod(0o755)
        (self.repository / "key").write_text(support.KEY)
        (self.dir / "results").mkdir()
        (self.dir / "home").mkdir()
        git = ["git", "-C", self.repository, "-c", "user.name=e2e", "-c", "user.email=e2e@localhost"]
        for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "The commit's subject"]):
            subprocess.run([*git, *command], check=True)

    def act(self, job, *arguments):
        """Runs one job; gives (exit code, log, outputs that it kept)."""
        done = subprocess.run(
            ["act", "push", "--job", job, "-P", "ubuntu-latest=-self-hosted", "--env", f"RESULTS={self.dir / 'results'}", *arguments],
            cwd=self.repository,
            env={"PATH": os.environ["PATH"], "HOME": str(self.dir / "home"), "XDG_CACHE_HOME": str(self.dir / "cache")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        kept = self.dir / "results" / job
        return done.returncode, done.stdout, json.loads(kept.read_text()) if kept.exists() else None

    def test_success(self):
        code, log, outputs = self.act("success")
        self.assertEqual(code, 0, log)
        self.assertEqual(outputs["status"], "succeeded")
        self.assertEqual(outputs["exit-code"], "0")
        self.assertTrue(outputs["deployment-id"])
        self.assertIn("nothing", log.lower(), "the sandbox must say that nothing was deployed")

    def test_a_failed_deployment_fails_the_job_and_later_steps_have_its_outputs(self):
        code, log, outputs = self.act("failure")
        self.assertEqual(code, 1, log)
        self.assertFalse((self.dir / "results/went-on").exists())
        self.assertEqual((outputs["status"], outputs["exit-code"]), ("failed", "1"))
        self.assertTrue(outputs["deployment-id"])

    def test_several_sites(self):
        code, log, outputs = self.act("several")
        self.assertEqual(code, 0, log)
        self.assertEqual([result["site"] for result in json.loads(outputs["result-json"])], ["demo", "docs", "worker"])

    def test_a_stale_key_warns_and_the_deployment_goes_on(self):
        with support.Sproobo() as server:
            code, log, outputs = self.act("stale", "-s", f"SPROOBO_API_KEY={support.KEY}", "--var", f"API_URL={server.url}")
        self.assertEqual(code, 0, log)
        self.assertEqual((outputs["status"], outputs["key-stale"]), ("succeeded", "true"))
        self.assertGreater(int(outputs["key-age-days"]), 2000)
        self.assertRegex(log, r"(?i)warning.*key")
        self.assertNotIn(support.KEY, log)

    def test_a_key_that_act_does_not_know_is_masked_for_later_steps(self):
        with support.Sproobo() as server:
            code, log, _ = self.act("masked", "--var", f"API_URL={server.url}")
        self.assertEqual(code, 0, log)
        self.assertIn("the key is ***", log)
        self.assertNotIn(support.KEY, log)

    def test_a_missing_secret_is_refused_with_its_causes(self):
        code, log, _ = self.act("no-secret")
        self.assertEqual(code, 1, log)
        self.assertRegex(log, r"(?i)fork")

    def test_inputs_are_data(self):
        code, log, _ = self.act("options")
        self.assertEqual(code, 0, log)
        self.assertIn("a-branch", log)
        self.assertNotIn("another-branch", log)
        self.assertIn("one $(touch injected) `x` ${HOME} 'two'", log)


if __name__ == "__main__":
    support.main()
