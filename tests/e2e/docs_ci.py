#!/usr/bin/env python3
"""The workflows and GitLab jobs of the documentation, linted, and run by act and gitlab-ci-local against the sandbox."""

import concurrent.futures
import copy
import json
import os
import re
import shutil
import sys

import yaml

import services
import snippets
import support

# act exports INPUT_*, which the real runner does not do for composite actions (actions/runner#665), and has a
# GITHUB_API_URL of its own.
WRAPPER = """#!{python}
import os, sys
kept = {{name: value for name, value in os.environ.items() if not name.startswith("INPUT_")}}
os.execve("{binary}", ["{binary}", *sys.argv[1:]], kept | {variables})
"""
CHECKOUT = {"uses": "actions/checkout@9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0"}  # act does it itself
SITE = "my-site"
EVENTS = {
    "pull_request": {
        "number": 5,
        "pull_request": {"number": 5, "head": {"repo": {"full_name": "acme/shop"}}},
        "repository": {"full_name": "acme/shop"},
    },
}
# What an example is for must have come of it, by a word in it.
EFFECTS = {
    "github-deployment: ": r"/github/repos/acme/shop/deployments/\d+/statuses",
    "comment: ": r"/github/repos/acme/shop/issues/5/comments",
    "--issue": r"/github/repos/acme/shop/issues",
    "github-secret:": r"/github/repos/acme/shop/actions/secrets/SPROOBO_API_KEY",
    "gitlab-variable:": r"/gitlab/projects/7/variables/SPROOBO_API_KEY",
}


class DocsCi(support.TestCase):
    def environment(self, folder, **more):
        path = f"{folder}:{os.environ['PATH']}"
        return {"PATH": path, "HOME": str(self.dir), "XDG_CACHE_HOME": str(self.dir / "cache"), **more}

    def program(self, name, variables):
        """A folder with the binary under its name, which sees these variables."""
        folder = self.dir / f"{name}-bin"
        folder.mkdir()
        wrapper = WRAPPER.format(python=sys.executable, binary=support.binary(), variables=variables)
        (folder / "sproobo-deploy").write_text(wrapper)
        (folder / "sproobo-deploy").chmod(0o755)
        return folder

    def came_of(self, block, outside, log):
        for word, effect in EFFECTS.items():
            if word in block.body:
                self.assertTrue(outside.wrote(effect), f"{effect} is not in {outside.requests}\n{log}")

    def test_the_readmes_workflow_is_what_init_writes(self):
        (self.dir / ".git").mkdir()
        command = [support.binary(), "init", "--site", SITE, "--from", "OWNER/sproobo-deploy@COMMIT"]
        code, text = self.run_in(self.dir, command, env={"PATH": os.defpath})
        self.assertEqual(code, 0, text)
        written = (self.dir / ".github/workflows/deploy.yml").read_text()
        self.assertIn(written, [block.body for block in snippets.blocks("workflow", "README.md")])

    def test_every_output_in_an_example_is_one_of_the_actions(self):
        for page in snippets.PAGES:
            for name in re.findall(r"steps\.deploy\.outputs\.([\w-]+)", page.read_text()):
                self.assertIn(name, support.ACTION["outputs"], page.name)

    def test_every_workflow_passes_actionlint_and_names_inputs_of_the_action(self):
        for number, block in enumerate(snippets.blocks("workflow")):
            workflow = snippets.whole_workflow(block.document())
            file = self.dir / f"{number}.yml"
            is_whole = workflow == block.document()
            file.write_text(block.filled() if is_whole else yaml.safe_dump(workflow, sort_keys=False))
            with self.subTest(str(block)):
                command = [support.tool("node"), support.ROOT / "tests/e2e/actionlint.mjs", file]
                self.assertEqual(self.run_in(self.dir, command), (0, ""))
                for step in filter(snippets.is_action, snippets.steps_of(workflow)):
                    self.assertEqual(set(step.get("with", {})) - set(support.ACTION["inputs"]), set())

    def test_every_workflow_runs(self):
        def attempt(numbered):
            number, block = numbered
            try:
                # Who tells of failures is tried with one too.
                for scenario in ["success", "fail"] if "failure()" in block.body else ["success"]:
                    self.act(f"{scenario}-{number}", block, scenario)
            except Exception as problem:  # told by the test's own thread
                return block, problem
            return block, None

        workflows = list(enumerate(snippets.blocks("workflow")))
        self.assertGreaterEqual(len(workflows), 8)
        # act waits more than it computes.
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            for block, problem in pool.map(attempt, workflows):
                with self.subTest(str(block)):
                    if problem:
                        raise problem

    def act(self, name, block, scenario):
        """Runs a workflow against a sandbox of this scenario, and looks at what came of it."""
        workflow = copy.deepcopy(snippets.whole_workflow(block.document()))
        files = {".github/workflows/.keep": "", "action.yml": (support.ROOT / "action.yml").read_text()}
        folder = self.repository(name, files)
        shutil.copytree(support.ROOT / ".github/action", folder / ".github/action")
        stale = ["--key-created-at=2020-01-31"] if "--issue" in block.body else []
        with support.Sandbox(f"--scenario={scenario}", *stale) as sandbox, services.Services() as outside, services.Site() as live:
            api = {"SPROOBO_API_URL": sandbox["SPROOBO_API_URL"]}
            tokens = ("GITHUB_TOKEN", "GITLAB_TOKEN")  # which the workflow has to hand on itself
            bin_folder = self.program(name, {key: value for key, value in outside.variables.items() if key not in tokens})
            for job in workflow["jobs"].values():
                job.pop("container", None)
                for step in filter(snippets.is_action, job["steps"]):
                    step["uses"] = "./"
                    step["with"] |= {"binary-path": f"{bin_folder}/sproobo-deploy", "api-url": api["SPROOBO_API_URL"]}
                before = [CHECKOUT]
                if "sproobo-deploy wait" in block.body:
                    # The push deploys by itself.
                    before.append({"run": f'sproobo-deploy deploy {SITE} --no-wait --commit "$GITHUB_SHA"', "env": sandbox})
                job["steps"] = before + job["steps"]
            text = yaml.safe_dump(workflow, sort_keys=False).replace("https://example.com/version", live.url)
            (folder / ".github/workflows/test.yml").write_text(text)
            support.commit_all(folder)
            live.deploy(folder)
            event = workflow["on"] if isinstance(workflow["on"], str) else next(iter(workflow["on"]))
            (self.dir / f"{name}.json").write_text(json.dumps(EVENTS.get(event, {})))
            secrets = {
                "SPROOBO_API_KEY": sandbox["SPROOBO_API_KEY"],
                "GITHUB_TOKEN": outside.variables["GITHUB_TOKEN"],
                "ROTATION_TOKEN": outside.variables["GITHUB_TOKEN"],
                "CHAT_HOOK": outside.hook,
            }
            given = [word for pair in secrets.items() for word in ("--secret", "=".join(pair))]
            command = ["act", event, "--eventpath", self.dir / f"{name}.json", "-P", "ubuntu-latest=-self-hosted", *given]
            command += ["--var", f"SPROOBO_SITE={SITE}", "--var", f"SPROOBO_PREVIEW_SITE={SITE}"]
            code, log = self.run_in(folder, command, env=self.environment(bin_folder, **api))
            well = scenario == "success"
            self.assertEqual(code, 0 if well else 1, log)
            self.assertEqual(log.count("🏁  Job succeeded" if well else "🏁  Job failed"), len(workflow["jobs"]), log)
            self.assertNotIn(sandbox["SPROOBO_API_KEY"], log)
            if "failure()" in block.body:
                self.assertEqual(["failed" in str(message) for message in outside.told], [] if well else [True], log)
            if any(step["uses"] == "./" for step in snippets.steps_of(workflow) if "uses" in step):
                self.assertRegex(log, r"succeeded|live" if well else "failed")
            self.came_of(block, outside, log)

    def test_every_gitlab_job_runs(self):
        jobs = list(enumerate(snippets.blocks("gitlab")))
        self.assertGreaterEqual(len(jobs), 5)
        for number, block in jobs:
            with self.subTest(str(block)):
                self.pipeline(f"gitlab-{number}", block)

    def pipeline(self, name, block):
        document = block.document()
        if "include" not in document and not any("script" in job for job in document.values()):
            # Keys for the job of the include above it.
            above = next(other for other in snippets.blocks("gitlab", block.page) if "include" in other.document())
            document = above.document() | document
        for include in document.get("include", []):
            self.assertRegex(include.pop("component", ""), "/sproobo-deploy/deploy@placeholder$")
            include["local"] = "/deploy.yml"
        template = (support.ROOT / "templates/deploy.yml").read_text()
        folder = self.repository(name, {".gitlab-ci.yml": yaml.safe_dump(document), "deploy.yml": template})
        with support.Sandbox() as sandbox, services.Services() as outside:
            # gitlab-ci-local says false and names a folder that is not there; a runner says true, and where the job is.
            real = {"GITLAB_CI": "true", "CI_PROJECT_DIR": str(folder)}
            real |= {key: outside.variables[key] for key in ("CI_API_V4_URL", "CI_PROJECT_ID")}
            if "schedule" in block.body:
                real |= {"CI_PIPELINE_SOURCE": "schedule"}
            own = sandbox | {"ROTATE_KEY": "true", "GITLAB_TOKEN": outside.variables["GITLAB_TOKEN"]}
            given = [word for pair in (real | own).items() for word in ("--variable", "=".join(pair))]
            command = ["gitlab-ci-local", "--force-shell-executor", "--ignore-predefined-vars", ",".join(real), *given]
            code, log = self.run_in(folder, command, env=self.environment(self.program(name, {})))
            self.assertEqual(code, 0, log)
            self.assertIn("PASS", log)
            self.assertNotRegex(log, "FAIL|WARN")
            self.assertNotIn(sandbox["SPROOBO_API_KEY"], log)
            self.came_of(block, outside, log)


if __name__ == "__main__":
    support.main()
