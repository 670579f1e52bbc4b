#!/usr/bin/env python3
"""What a release makes for Homebrew and for GitLab's catalogue, made here from files of our own and used."""

import functools
import hashlib
import http.server
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
import tomllib

import yaml

import support

VERSION = "9.8.7"
TARGETS = [
    "aarch64-apple-darwin",
    "aarch64-pc-windows-msvc",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-linux-musl",
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Distribution(support.TestCase):
    def setUp(self):
        super().setUp()
        self.release = self.dir / f"releases/v{VERSION}"
        self.release.mkdir(parents=True)
        for target in TARGETS:
            # The one that this machine runs is the real one.
            if target == f"{platform.machine()}-unknown-linux-musl":
                shutil.copy(support.binary(), self.release / f"sproobo-deploy-{target}")
            else:
                (self.release / f"sproobo-deploy-{target}").write_text(f"for {target}")
        handler = functools.partial(Quiet, directory=self.dir / "releases")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.base = f"http://127.0.0.1:{server.server_port}"

    def sum_of(self, target):
        return hashlib.sha256((self.release / f"sproobo-deploy-{target}").read_bytes()).hexdigest()

    def make(self, *base, targets=TARGETS):
        rows = [f"{self.sum_of(target)}  {VERSION} {target}" for target in targets]
        rows.append(f"{'0' * 64}  9.8.6 {TARGETS[0]}")
        (self.dir / "checksums.txt").write_text("# of releases\n" + "\n".join(rows) + "\n")
        out = self.dir / "made"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        script = support.ROOT / ".github/distribution/make.py"
        return out, subprocess.run(
            [sys.executable, script, VERSION, "acme/sproobo-deploy", self.dir / "checksums.txt", out, *base],
            capture_output=True,
            text=True,
        )

    def test_the_formula_is_ruby_and_has_each_files_checksum(self):
        out, done = self.make()
        self.assertEqual(done.returncode, 0, done.stderr)
        formula = out / "sproobo-deploy.rb"
        self.assertEqual(self.run_in(self.dir, ["ruby", "-c", formula]), (0, "Syntax OK\n"))
        pairs = dict(re.findall(r'url "(.*?)"\s+sha256 "(.*?)"', formula.read_text()))
        where = f"https://github.com/acme/sproobo-deploy/releases/download/v{VERSION}/sproobo-deploy-"
        self.assertEqual(pairs, {where + target: self.sum_of(target) for target in TARGETS if "windows" not in target})
        self.assertNotIn("@", formula.read_text().split("\n", 1)[1])

    def test_a_missing_file_ends_it(self):
        _, done = self.make(targets=TARGETS[1:])
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(TARGETS[0], done.stderr)

    def pipeline(self, tamper=False):
        out, done = self.make(self.base)
        self.assertEqual(done.returncode, 0, done.stderr)
        if tamper:
            with (self.release / f"sproobo-deploy-{platform.machine()}-unknown-linux-musl").open("ab") as file:
                file.write(b"more")
        include = {"include": [{"local": "/templates/deploy.yml", "inputs": {"site": "demo", "sandbox": "true"}}]}
        files = {
            ".gitlab-ci.yml": yaml.safe_dump(include),
            "templates/deploy.yml": (out / "gitlab-component/templates/deploy.yml").read_text(),
        }
        folder = self.repository(f"project-{tamper}", files)
        real = {"GITLAB_CI": "true", "CI_PROJECT_DIR": str(folder)}
        given = [word for pair in real.items() for word in ("--variable", "=".join(pair))]
        return self.run_in(
            folder, ["gitlab-ci-local", "--force-shell-executor", "--ignore-predefined-vars", ",".join(real), *given]
        )

    def test_the_component_fetches_the_released_file_and_deploys(self):
        code, log = self.pipeline()
        self.assertEqual(code, 0, log)
        self.assertIn("sproobo-deploy: OK", log)
        self.assertRegex(log, r"PASS +deploy-sproobo")
        self.assertIn("demo: succeeded", log)

    def test_the_component_runs_no_file_that_is_not_the_released_one(self):
        _, log = self.pipeline(tamper=True)
        self.assertRegex(log, r"deploy-sproobo finished in .* FAIL")
        self.assertNotIn("demo: succeeded", log)

    def test_the_components_own_pipeline_releases_a_tag_alone(self):
        out, _ = self.make()
        job = yaml.safe_load((out / "gitlab-component/.gitlab-ci.yml").read_text())["release"]
        self.assertEqual(job["rules"], [{"if": "$CI_COMMIT_TAG"}])
        self.assertIn("release", job)

    def test_the_components_page_links_to_the_release_it_is_of(self):
        out, _ = self.make()
        links = re.findall(r"\]\(([^)]+)\)", (out / "gitlab-component/README.md").read_text())
        self.assertTrue(links)
        where = f"https://github.com/acme/sproobo-deploy/blob/v{VERSION}/"
        for link in links:
            self.assertTrue(link.startswith("#") or (support.ROOT / link.removeprefix(where).partition("#")[0]).is_file(), link)
            self.assertFalse(link.startswith(("..", "/")), link)

    def test_cargo_binstall_finds_the_released_files(self):
        package = tomllib.loads((support.ROOT / "Cargo.toml").read_text())["package"]
        binstall = package["metadata"]["binstall"]
        for target in TARGETS:
            suffix = ".exe" if "windows" in target else ""
            values = {"repo": "R", "version": VERSION, "target": target, "binary-ext": suffix}
            url = re.sub(r"\{ ([\w-]+) \}", lambda found: values[found[1]], binstall["pkg-url"])
            self.assertEqual(url, f"R/releases/download/v{VERSION}/sproobo-deploy-{target}{suffix}")
        self.assertEqual(binstall["pkg-fmt"], "bin")

    def script(self, name):
        """The text of a step of the release's second job."""
        workflow = yaml.safe_load((support.ROOT / ".github/workflows/release.yml").read_text())
        (step,) = [step for step in workflow["jobs"]["draft"]["steps"] if step.get("name", "").startswith(name)]
        return step["run"]

    def git(self, folder, *arguments):
        return subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True, text=True).stdout.strip()

    def test_the_release_adds_its_checksums_and_nothing_else_to_what_was_built(self):
        parts = ["LICENSE", "docs/gitlab.md", "templates/deploy.yml"]
        parts += [str(path.relative_to(support.ROOT)) for path in (support.ROOT / ".github").rglob("*") if path.is_file()]
        folder = self.repository("built", {part: (support.ROOT / part).read_text() for part in parts})
        shutil.copytree(support.ROOT / "docs/man", folder / "docs/man")
        support.commit_all(folder)
        self.git(folder, "tag", f"build/v{VERSION}")
        hosted = self.dir / "hosted/acme/sproobo-deploy"
        self.git(self.dir, "init", "-q", "--bare", hosted)
        shutil.copytree(self.release, folder / "dist")
        for file in (folder / "dist").glob("*-windows-*"):
            file.rename(f"{file}.exe")
        # Everything that would leave the machine: a push goes to a folder, and `gh` says what it was asked.
        programs = self.dir / "programs"
        programs.mkdir()
        (programs / "gh").write_text(f'#!/bin/sh\necho "$@" >>{self.dir}/asked\n')
        (programs / "gh").chmod(0o755)
        settings = self.dir / "gitconfig"
        settings.write_text(f'[url "{self.dir}/hosted/"]\ninsteadOf = https://github.com/\n')
        environment = os.environ | {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "GIT_CONFIG_GLOBAL": str(settings),
            "GITHUB_REF_NAME": f"build/v{VERSION}",
            "GITHUB_REPOSITORY": "acme/sproobo-deploy",
        }
        for step in ("Completions", "Commit the table"):
            done = self.run_in(folder, ["bash", "-euo", "pipefail", "-c", self.script(step)], env=environment)
            self.assertEqual(done[0], 0, done[1])
        tagged = self.git(hosted, "rev-parse", f"v{VERSION}")
        self.assertEqual(self.git(hosted, "rev-parse", f"release/v{VERSION}"), tagged)
        self.assertEqual(self.git(hosted, "rev-parse", f"{tagged}^"), self.git(folder, "rev-parse", f"build/v{VERSION}"))
        table = ".github/action/checksums.txt"
        self.assertEqual(self.git(hosted, "diff", "--name-only", f"{tagged}^", tagged), table)
        rows = [line for line in self.git(hosted, "show", f"{tagged}:{table}").splitlines() if not line.startswith("#")]
        self.assertEqual(rows, [f"{self.sum_of(target)}  {VERSION} {target}" for target in TARGETS])
        draft = (self.dir / "asked").read_text().splitlines()[-1]
        self.assertTrue(draft.startswith(f"release create v{VERSION} --draft --verify-tag"), draft)
        self.assertEqual(draft.count("dist/"), len(TARGETS) + 3, draft)


if __name__ == "__main__":
    support.main()
