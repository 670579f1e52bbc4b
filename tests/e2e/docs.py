#!/usr/bin/env python3
"""What the documentation shows is run: commands against the sandbox, workflows by actionlint, inputs by action.yml."""

import os
import re
import shlex
import subprocess

import yaml

import support

PAGES = [support.ROOT / "README.md", *sorted((support.ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Stand for what a reader puts in.
PLACEHOLDERS = re.compile(r"<[^>\n]+>")


def blocks(page, language):
    return [body for found, body in BLOCK.findall(page.read_text()) if found == language]


def steps_of(document):
    if isinstance(document, dict):
        if "uses" in document:
            yield document
        document = list(document.values())
    if isinstance(document, list):
        for inner in document:
            yield from steps_of(inner)


class Docs(support.TestCase):
    def yaml_blocks(self):
        for page in PAGES:
            for body in blocks(page, "yaml"):
                yield page.name, body, yaml.safe_load(PLACEHOLDERS.sub("placeholder", body))

    def test_every_input_in_an_example_is_one_of_the_actions(self):
        found = 0
        for page, body, document in self.yaml_blocks():
            inputs = {**document["with"]} if isinstance(document, dict) and list(document) == ["with"] else {}
            for step in steps_of(document):
                if "sproobo-deploy" in step["uses"]:
                    inputs |= step.get("with", {})
            found += len(inputs)
            with self.subTest(page, body=body):
                self.assertEqual(set(inputs) - set(support.ACTION["inputs"]), set())
        self.assertGreater(found, 10)

    def test_every_output_in_an_example_is_one_of_the_actions(self):
        for page in PAGES:
            for name in re.findall(r"steps\.deploy\.outputs\.([\w-]+)", page.read_text()):
                self.assertIn(name, support.ACTION["outputs"], page.name)

    def test_whole_workflows_pass_actionlint(self):
        found = 0
        for page, body, document in self.yaml_blocks():
            # YAML 1.1 reads `on` as true.
            if not isinstance(document, dict) or not {True, "jobs"} <= set(document):
                continue
            found += 1
            file = self.dir / f"{found}.yml"
            file.write_text(PLACEHOLDERS.sub("placeholder", body))
            done = subprocess.run(
                [support.tool("node"), support.ROOT / "tests/e2e/actionlint.mjs", file], capture_output=True, text=True
            )
            self.assertEqual((done.returncode, done.stdout), (0, ""), f"{page}: {body}\n{done.stderr}")
        self.assertGreaterEqual(found, 3)

    def test_the_readmes_workflow_is_what_init_writes(self):
        (self.dir / ".git").mkdir()
        arguments = ["init", "--site", "my-site", "--from", "OWNER/sproobo-deploy@COMMIT"]
        done = subprocess.run(
            [support.binary(), *arguments],
            cwd=self.dir,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        written = (self.dir / ".github/workflows/deploy.yml").read_text()
        self.assertIn(written, blocks(PAGES[0], "yaml"))

    def test_every_command_of_the_tour_ends_as_it_says(self):
        ran = 0
        with Sandbox() as variables:
            for body in blocks(PAGES[0], "sh"):
                for line in body.splitlines():
                    command, _, comment = line.partition("#")
                    words = shlex.split(command)
                    # Needs a site of the reader's, or stays in the foreground.
                    if words[:1] != ["sproobo-deploy"] or "my-site" in words or words[1] == "sandbox":
                        continue
                    code = re.search(r"exit code (\d+)", comment)
                    rehearsal = any(word.startswith("--sandbox") for word in words)
                    done = subprocess.run(
                        [support.binary(), *words[1:]],
                        env={"PATH": os.environ["PATH"], **({} if rehearsal else variables)},
                        capture_output=True,
                        text=True,
                        timeout=60,
                        cwd=self.dir,
                    )
                    ran += 1
                    with self.subTest(line):
                        self.assertEqual(done.returncode, int(code[1]) if code else 0, done.stdout + done.stderr)
        self.assertGreaterEqual(ran, 8)


class Sandbox:
    """`sproobo-deploy sandbox`; gives the variables that it prints."""

    def __enter__(self):
        self.process = subprocess.Popen(
            [support.binary(), "sandbox", "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
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


if __name__ == "__main__":
    support.main()
