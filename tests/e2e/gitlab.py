#!/usr/bin/env python3
"""The GitLab template in pipelines, run by gitlab-ci-local with its shell executor."""

import os
import re
import shutil
import signal
import subprocess

import yaml

import support

INCLUDE = """
include:
  - local: /deploy.yml
    inputs: {{ site: demo, image: none, binary: "{binary}", sandbox: "{scenario}", {more} }}
"""
LATER = """
stages: [deploy, after]
later:
  stage: after
  script:
    - env | grep '^SPROOBO_' >from-dotenv
    - echo "deployed $SPROOBO_DEPLOYMENT_ID as $SPROOBO_STATUS"
  artifacts: { paths: [from-dotenv] }
"""


class Gitlab(support.TestCase):
    def pipeline(self, scenario, more="", rest=LATER):
        """Runs a pipeline that includes the template; gives (exit code, log). The exit code of a failed pipeline tells
        nothing: with `allow_failure: exit_codes` gitlab-ci-local goes on whatever the code was. Its log tells."""
        repository = self.dir / "repository"
        repository.mkdir()
        shutil.copy(support.ROOT / "templates/deploy.yml", repository)
        include = INCLUDE.format(binary=support.binary(), scenario=scenario, more=more)
        (repository / ".gitlab-ci.yml").write_text(include + rest)
        git = ["git", "-C", repository, "-c", "user.name=e2e", "-c", "user.email=e2e@localhost"]
        for command in (
            ["init", "-q", "-b", "main"],
            ["remote", "add", "origin", "git@gitlab.example:group/project.git"],
            ["add", "-A"],
            ["commit", "-q", "-m", "The commit's subject"],
        ):
            subprocess.run([*git, *command], check=True)
        done = subprocess.run(
            # It sets GITLAB_CI to false and names a folder that is not there; a real runner says true, and where the job is.
            ["gitlab-ci-local", "--force-shell-executor", "--ignore-predefined-vars", "GITLAB_CI,CI_PROJECT_DIR"]
            + ["--variable", "GITLAB_CI=true", "--variable", f"CI_PROJECT_DIR={repository}"],
            cwd=repository,
            env={"PATH": os.environ["PATH"], "HOME": str(self.dir)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        return done.returncode, done.stdout

    def test_a_later_job_reads_how_it_went(self):
        code, log = self.pipeline("true")
        self.assertEqual(code, 0, log)
        values = dict(line.split("=", 1) for line in self.kept("from-dotenv").read_text().splitlines())
        self.assertEqual((values["SPROOBO_STATUS"], values["SPROOBO_EXIT_CODE"]), ("succeeded", "0"))
        self.assertTrue(values["SPROOBO_URL"].startswith("http"))
        self.assertIn(f"deployed {values['SPROOBO_DEPLOYMENT_ID']} as succeeded", log)

    def kept(self, name):
        return next((self.dir / "repository").rglob(name))

    def test_the_deployments_log_is_in_a_section(self):
        _, log = self.pipeline("fail")
        starts = re.findall(r"section_start:\d+:([\w.-]+)", log)
        self.assertTrue(starts, log)
        self.assertEqual(starts, re.findall(r"section_end:\d+:([\w.-]+)", log))

    def test_a_failed_deployment_fails_the_job_with_its_code_and_the_report_is_there(self):
        _, log = self.pipeline("fail")
        self.assertRegex(log, r"deploy-sproobo finished in .* FAIL 1\b")
        self.assertIn("SPROOBO_STATUS=failed", self.kept("sproobo.env").read_text())

    def test_an_exit_code_can_be_allowed_to_fail(self):
        code, log = self.pipeline("superseded", "allow-failure-exit-codes: [6]")
        self.assertEqual(code, 0, log)
        self.assertRegex(log, r"deploy-sproobo finished in .* WARN 6\b")

    def test_no_exit_code_is_allowed_to_fail_by_default(self):
        _, log = self.pipeline("superseded")
        self.assertRegex(log, r"deploy-sproobo finished in .* FAIL 6\b")

    def test_keys_can_be_added_to_the_job(self):
        _, log = self.pipeline("true", rest="deploy-sproobo:\n  rules:\n    - { if: '$NEVER', when: always }\n")
        self.assertNotIn("deploy-sproobo finished", log)

    def test_a_cancelled_job_cancels_its_deployment(self):
        """As the shell executor cancels: SIGTERM to the whole process group, and then after_script."""
        with support.Sproobo(["building"]) as server:
            self.stop_job(server, signal.SIGTERM)
            self.assertTrue(server.cancelled)
            self.assertIn("SPROOBO_STATUS=interrupted", (self.dir / "sproobo.env").read_text())
            before = len(server.requests)
            self.job(server, "after_script", CI_JOB_STATUS="canceled").communicate(timeout=30)
            self.assertEqual([request for request in server.requests[before:] if request[0] == "POST"], [])

    def test_after_script_cancels_what_a_killed_job_left(self):
        with support.Sproobo(["building"]) as server:
            self.stop_job(server, signal.SIGKILL)
            for status, cancelled in (("failed", False), ("canceled", True)):
                after = self.job(server, "after_script", CI_JOB_STATUS=status)
                text, _ = after.communicate(timeout=30)
                self.assertEqual((after.returncode, server.cancelled), (0, cancelled), text)

    def stop_job(self, server, number):
        process = self.job(server, "script")
        support.wait_until(lambda: server.count("GET", "/sites/demo/deployments/d1"))
        os.killpg(process.pid, number)
        process.communicate(timeout=30)

    def job(self, server, part, **more):
        """Starts a part of the template's job as GitLab Runner's shell executor runs it."""
        _, template = yaml.safe_load_all((support.ROOT / "templates/deploy.yml").read_text())
        (job,) = template.values()
        environment = {
            "PATH": os.environ["PATH"],
            "GITLAB_CI": "true",
            "CI_PROJECT_DIR": str(self.dir),
            "SPROOBO_API_KEY": support.KEY,
            "SPROOBO_API_URL": server.url,
            "SPROOBO_BINARY": str(support.binary()),
            "SPROOBO_SITE": "demo",
        }
        return support.start_group(
            ["bash", "-c", "set -eo pipefail\ntrap 'exit 1' TERM\n" + "\n".join(job[part])],
            self,
            env=environment | more,
            cwd=self.dir,
        )


if __name__ == "__main__":
    support.main()
