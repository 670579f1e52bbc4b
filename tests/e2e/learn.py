#!/usr/bin/env python3
"""Records a dashboard of our own in a real browser, learns the contract from it, and deploys with that.

Needs cargo, chromium, node, and playwright-core in TOOLS. With arguments: learn.py BINARY OUT [PLATFORM] keeps the
recordings in OUT; `learn.py BINARY tests/recordings` makes the committed ones anew.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEST = "learn::browser::a_dashboard_is_recorded_learned_and_deployed_to"
# It has a start, a failure, a cancel and a rollback.
PLATFORM = "render"


def record(out, platform):
    environment = os.environ | {"RECORD_OUT": str(out), "RECORD_TOOLS": os.environ["TOOLS"]}
    if platform:
        environment["RECORD_ONLY"] = platform
    command = ["cargo", "test", "--quiet", "--test", "integration", "--", "--ignored", "--exact", TEST]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


def main() -> int:
    if len(sys.argv) > 2:
        record(pathlib.Path(sys.argv[2]).resolve(), sys.argv[3] if len(sys.argv) > 3 else None)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        record(folder, PLATFORM)
        recordings = sorted(pathlib.Path(folder).glob("*.har"))
        command = [pathlib.Path(sys.argv[1]).resolve(), "contract", "learn", *recordings]
        learned = subprocess.run(command, check=True, capture_output=True, text=True)
        start = json.loads(learned.stdout)["operations"]["trigger"]
        if (start["method"], start["path"]) != ("POST", "/services/{site}/deploys"):
            print(f"learned something else:\n{learned.stdout}{learned.stderr}", file=sys.stderr)
            return 1
    print(f"{len(recordings)} recordings of a real browser; deployed with what was learned")
    return 0


if __name__ == "__main__":
    sys.exit(main())
