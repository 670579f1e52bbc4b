#!/usr/bin/env python3
"""A cancelled run: the runner's own sequence of signals around the exact scripts of action.yml."""

import json
import signal
import subprocess

import support

# actions/runner, ProcessInvoker.cs: SIGINT, 7.5 s, SIGTERM, 2.5 s, SIGKILL; only ever to the process that it started.
SEQUENCE = [(signal.SIGINT, 7.5), (signal.SIGTERM, 2.5), (signal.SIGKILL, 5.0)]
SHELLS = {
    "sh": ["sh", "-e"],
    "bash": ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"],
}


class Signals(support.TestCase):
    def start(self, step_id, shell, inputs):
        step = support.step(step_id)
        script = self.dir / "script.sh"
        script.write_text(step["run"])
        outputs = {"binary": str(support.binary()), "state-file": str(self.dir / "temp/sproobo-deploy.json")}
        environment = self.runner_environment()
        environment |= support.step_environment(step, inputs, outputs)
        return support.start_group([*SHELLS[shell], script], self, env=environment, cwd=self.dir / "work")

    def cancel(self, process):
        """Ends the process as the runner does; gives what it printed and how many signals it took."""
        for sent, (number, patience) in enumerate(SEQUENCE, start=1):
            process.send_signal(number)
            try:
                return process.communicate(timeout=patience)[0], sent
            except subprocess.TimeoutExpired:
                continue
        self.fail("still there after SIGKILL")

    def outputs(self):
        return dict(support.parse_env_file((self.dir / "output").read_text()))

    def inputs(self, server, **more):
        base = {"api-key": support.KEY, "api-url": server.url, "site": "demo"}
        return base | {name.replace("_", "-"): value for name, value in more.items()}

    def deploy_and_cancel(self, server, shell, **more):
        process = self.start("unix", shell, self.inputs(server, **more))
        support.wait_until(lambda: server.count("GET", "/sites/demo/deployments/d1"))
        text, sent = self.cancel(process)
        return process.returncode, text, sent

    def test_a_cancelled_run_cancels_its_deployment_and_leaves_outputs(self):
        for shell in SHELLS:
            with self.subTest(shell), support.Sproobo(["building"]) as server:
                code, text, sent = self.deploy_and_cancel(server, shell)
                self.assertEqual((code, sent), (130, 1), text)
                self.assertTrue(server.cancelled)
                self.assertEqual(server.count("POST", "/sites/demo/deployments"), 1)
                outputs = self.outputs()
                self.assertEqual(outputs["deployment-id"], "d1")
                self.assertEqual(outputs["status"], "interrupted")
                self.assertEqual(outputs["exit-code"], "130")
                self.assertEqual(json.loads(outputs["result-json"])[0]["site"], "demo")
                self.assertIn("demo", (self.dir / "summary").read_text())

    def test_detach_leaves_the_deployment_running(self):
        with support.Sproobo(["building"]) as server:
            code, text, _ = self.deploy_and_cancel(server, "sh", on_interrupt="detach")
            self.assertEqual(code, 130, text)
            self.assertFalse(server.cancelled)
            # … and the clean-up step must respect that.
            self.assertEqual(self.clean_up(server), 0)
            self.assertFalse(server.cancelled)

    def clean_up(self, server):
        process = self.start("cancel-unix", "sh", self.inputs(server))
        text, _ = process.communicate(timeout=30)
        return process.returncode if process.returncode == 0 else text

    def test_the_clean_up_cancels_what_a_killed_step_left(self):
        with support.Sproobo(["building"]) as server:
            process = self.start("unix", "sh", self.inputs(server))
            support.wait_until(lambda: server.count("GET", "/sites/demo/deployments/d1"))
            process.kill()
            process.communicate(timeout=10)
            self.assertFalse(server.cancelled)
            self.assertEqual(self.clean_up(server), 0)
            self.assertTrue(server.cancelled)

    def test_the_clean_up_does_nothing_where_nothing_was_started(self):
        with support.Sproobo() as server:
            self.assertEqual(self.clean_up(server), 0)
            self.assertEqual([method for method, _ in server.requests if method != "GET"], [])

    def test_the_clean_up_does_nothing_after_the_end(self):
        with support.Sproobo() as server:
            process = self.start("unix", "sh", self.inputs(server))
            text, _ = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, text)
            self.assertEqual(self.clean_up(server), 0)
            self.assertFalse(server.cancelled)


if __name__ == "__main__":
    support.main()
