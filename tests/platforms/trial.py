#!/usr/bin/env python3
"""What a binary must do on its platform, seen from outside.

Usage: trial.py BINARY [EMULATOR]
       trial.py BINARY EMULATOR INTERRUPT    where no signals are (Windows): a program that sends a console's events
"""
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time

BINARY, *EMULATOR = sys.argv[1:3]
INTERRUPT = sys.argv[3:]
KEY = "spb_Th1sK3y0p3nsN0th1ngAtAll9876543210"
NOWHERE = {"SPROOBO_API_KEY": KEY, "SPROOBO_API_URL": "http://127.0.0.1:9/api"}

# Nothing of the surrounding CI system or shell.
CLEAN = {name: os.environ[name] for name in ("PATH", "HOME", "WINEPREFIX", "WINEDEBUG") if name in os.environ}

done = 0


def report(name, begun):
    global done
    done += 1
    print(f"  ok: {name} ({time.monotonic() - begun:.1f} s)", flush=True)


def judge(name, run, printed, code, says):
    assert run == code, f"{name}: exit code {run}, not {code}:\n{printed}"
    for text in says:
        assert text in printed, f"{name}: {text!r} was not said:\n{printed}"
    assert KEY not in printed, f"{name}: the key was printed"


def run(name, arguments, code=0, says=(), folder=".", **variables):
    begun = time.monotonic()
    done = subprocess.run(
        [*EMULATOR, BINARY, *arguments],
        cwd=folder, env=CLEAN | variables, timeout=180,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
    )
    judge(name, done.returncode, done.stdout, code, says)
    report(name, begun)


def lines(path):
    """Split at LF alone: a CR would be part of a value."""
    return pathlib.Path(path).read_bytes().decode().split("\n")


def outputs(path):
    """The last value of each output, as the runner reads them: NAME<<DELIMITER, the value, DELIMITER."""
    found, rest = {}, iter(lines(path))
    for line in rest:
        name, _, delimiter = line.partition("<<")
        if delimiter:
            found[name] = "\n".join(iter(lambda: next(rest), delimiter))
    return found


def interrupted(name, event, code, says):
    """Once there is a deployment to cancel, which the state file tells."""
    begun = time.monotonic()
    state, go = pathlib.Path("state.json"), pathlib.Path("go")
    state.unlink(missing_ok=True)
    go.unlink(missing_ok=True)
    command = [BINARY, "deploy", "demo", "--sandbox=slow", f"--state-file={state}"]
    if INTERRUPT:
        # Wine has a console where it has a terminal.
        inner = [*EMULATOR, INTERRUPT[0], go.name, event, *command]
        command = ["script", "--quiet", "--return", "--command", shlex.join(inner), "/dev/null"]
    else:
        command = [*EMULATOR, *command]
    with tempfile.TemporaryFile() as printed:
        process = subprocess.Popen(
            command, env=CLEAN, stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT,
        )
        try:
            while '"deployment": "' not in (state.read_text() if state.exists() else ""):
                assert process.poll() is None and time.monotonic() < begun + 120, f"{name}: no deployment"
                time.sleep(0.05)
            time.sleep(0.5)
            if INTERRUPT:
                go.touch()
            else:
                process.send_signal(event)
            ended = process.wait(timeout=60)
        finally:
            process.kill()
        printed.seek(0)
        judge(name, ended, printed.read().decode(errors="replace"), code, says)
    sites = json.loads(state.read_text())["sites"]
    assert [site["status"] for site in sites] == ["interrupted"], sites
    report(name, begun)


def without_github(name):
    """A library captures a backtrace for its error there, which must end well in a program without tables to unwind."""
    with tempfile.TemporaryFile() as printed:
        sandbox = subprocess.Popen(
            [*EMULATOR, BINARY, "sandbox"], env=CLEAN, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed,
        )
        try:
            found, begun = (), time.monotonic()
            while len(found) < 2:
                assert sandbox.poll() is None and time.monotonic() < begun + 60, f"{name}: no sandbox"
                time.sleep(0.05)
                printed.seek(0)
                found = re.findall(r"http://127\.0\.0\.1:\d+/api|spb_[\w-]+", printed.read().decode(errors="replace"))
            run(
                name, ["deploy", "demo", "--github-deployment=production", "--commit", "0123456789" * 4],
                says=["on GitHub: no connection"],
                SPROOBO_API_URL=found[0], SPROOBO_API_KEY=found[1], RUST_BACKTRACE="1",
                GITHUB_TOKEN="x" * 40, GITHUB_REPOSITORY="o/r", GITHUB_API_URL="http://127.0.0.1:9",
            )
        finally:
            sandbox.kill()
            sandbox.wait()


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    run("tells its version", ["--version"], says=["sproobo-deploy "])
    run("rehearses a deployment", ["deploy", "demo", "--sandbox"], says=["succeeded"])
    run("fails as the deployment does", ["deploy", "demo", "--sandbox=fail"], code=1, says=["exited with code 2"])
    run("finds a lost deployment again", ["deploy", "demo", "--sandbox=flaky"])

    without_github("tells that GitHub can't be reached, and goes on")

    pathlib.Path("output").touch()
    pathlib.Path("summary.md").touch()
    run(
        "writes GitHub's outputs, the summary and the state", ["deploy", "demo", "--sandbox"],
        GITHUB_ACTIONS="true", GITHUB_OUTPUT="output", GITHUB_STEP_SUMMARY="summary.md", RUNNER_TEMP=".",
    )
    found = outputs("output")
    assert (found["status"], found["exit-code"]) == ("succeeded", "0"), found
    assert any("demo" in line for line in lines("summary.md"))
    [site] = json.loads(pathlib.Path("sproobo-deploy.json").read_text())["sites"]
    assert site["status"] == "succeeded", site

    run(
        "writes GitLab's report", ["deploy", "demo", "--sandbox=fail", "--dotenv=report.env"], code=1,
        GITLAB_CI="true",
    )
    assert {"SPROOBO_STATUS=failed", "SPROOBO_EXIT_CODE=1"} <= set(lines("report.env")), lines("report.env")

    os.mkdir("tree")
    pathlib.Path("tree/readme").write_text("nothing here\n")
    # No git is needed for that: this is no repository.
    run("scans files that don't hold the key", ["keys", "scan"], folder="tree", **NOWHERE)
    pathlib.Path("tree/settings").write_text(f"KEY={KEY}\n")
    run("finds the key in a file", ["keys", "scan"], code=11, says=["settings"], folder="tree", **NOWHERE)

    if INTERRUPT:
        # What is said there is torn by Wine's console, which paints it.
        interrupted("ends at Ctrl-C", "c", 130, [])
    else:
        interrupted("ends at SIGINT, and cancels", signal.SIGINT, 130, ["interrupted"])
        interrupted("ends at SIGTERM, and cancels", signal.SIGTERM, 143, ["interrupted"])
    os.chdir("/")
print(f"{done} passed, 0 failed")
