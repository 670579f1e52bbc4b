#!/usr/bin/env python3
"""action.yml against the binary's own help: no option without an input, no step without the inputs."""

import re
import subprocess

import support

OUTPUTS = "deployment-id status url dashboard-url commit duration-seconds key-age-days key-stale exit-code result-json"
# Options that a workflow has no use for, each with the reason.
NOT_INPUTS = {
    "dotenv": "GitLab's hand-over",
    "github-token-file": "the input is github-token",
    "help": "",
    "output": "on GitHub it is always GitHub's",
    "wait": "the default; no-wait is the input",
}
# Inputs that are no option of `deploy`.
OTHER_INPUTS = {"api-key", "site", "github-token"}
FETCH_INPUTS = {"binary-path", "download-base-url", "version"}
# What the binary is given in a step, and the secrets apart.
# What could have the step's shell run something else first.
CLEARED = {name: "" for name in ("ENV", "BASH_ENV", "CDPATH", "SHELLOPTS", "BASHOPTS")}
GIVEN = {"SPROOBO_ACTION_INPUTS": "${{ toJSON(inputs) }}", "SPROOBO_API_KEY": "${{ inputs.api-key }}"} | CLEARED
TOKEN = {"GITHUB_TOKEN": "${{ inputs.github-token }}"}


def options(command):
    text = subprocess.run([support.binary(), command, "--help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^\s+(?:-\w, )?--([a-z-]+)", text, re.MULTILINE))


class Action(support.TestCase):
    def setUp(self):
        super().setUp()
        self.inputs = support.ACTION["inputs"]
        self.steps = support.ACTION["runs"]["steps"]

    def test_every_option_of_deploy_is_an_input_and_every_input_an_option(self):
        self.assertEqual(
            set(self.inputs) - FETCH_INPUTS - OTHER_INPUTS, options("deploy") - set(NOT_INPUTS)
        )

    def test_every_input_reaches_the_binary(self):
        for name, expected in (("unix", GIVEN | TOKEN), ("windows", GIVEN | TOKEN), ("cancel-unix", GIVEN)):
            given = dict(support.step(name)["env"])
            for handed_on in ("binary", "state-file"):
                self.assertIn(f".outputs.{handed_on} }}}}", given.pop(handed_on.upper().replace("-", "_")))
            self.assertEqual(given, expected)

    def test_unix_and_windows_get_the_same(self):
        unix = [step for step in self.steps if step["shell"] == "sh"]
        windows = [step for step in self.steps if step["shell"] == "pwsh"]
        self.assertEqual(len(unix), 3)
        for one, other in zip(unix, windows, strict=True):
            same = {name: value.replace("fetch-unix", "fetch-windows") for name, value in one["env"].items()}
            self.assertEqual(same, other["env"])

    def test_no_expression_becomes_part_of_a_script(self):
        for step in self.steps:
            self.assertNotIn("${{", step["run"])

    def test_the_binary_replaces_the_shell(self):
        for name in ("unix", "cancel-unix"):
            self.assertTrue(support.step(name)["run"].splitlines()[-1].startswith('exec "$BINARY" '))

    def test_the_outputs_are_the_ten(self):
        self.assertEqual(list(support.ACTION["outputs"]), OUTPUTS.split())
        for name, output in support.ACTION["outputs"].items():
            self.assertEqual(output["value"], f"${{{{ steps.unix.outputs.{name} || steps.windows.outputs.{name} }}}}")

    def test_everything_is_described(self):
        for item in [*self.inputs.values(), *support.ACTION["outputs"].values()]:
            self.assertGreater(len(item["description"]), 10)

    def test_defaults_are_left_to_the_binary(self):
        self.assertEqual([name for name, item in self.inputs.items() if "default" in item], [])


if __name__ == "__main__":
    support.main()
