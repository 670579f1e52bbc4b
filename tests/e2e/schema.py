#!/usr/bin/env python3
"""The contract's JSON Schema by a validator that nobody here wrote: the default, the worked and the learned contracts
stand in it, and what `contract check` calls an unknown member does not.

Usage: schema.py BINARY
"""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]


def printed(*arguments):
    return json.loads(subprocess.run([sys.argv[1], "contract", *arguments], capture_output=True, check=True).stdout)


schema = printed("schema")
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)

contracts = {"the default": printed("show")}
for path in sorted((ROOT / "docs/contracts").glob("*.json")):
    contracts[path.name] = json.loads(path.read_text())
recordings = defaultdict(list)
for path in sorted((ROOT / "tests/recordings").glob("*.har")):
    recordings[path.name.split("-")[0]].append(str(path))
for platform, files in recordings.items():
    contracts[f"learned from {platform}"] = printed("learn", *files)
assert len(contracts) >= 12, list(contracts)

for name, contract in contracts.items():
    errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(contract)]
    assert not errors, (name, errors)
    print(f"{name} stands in the schema")

for wrong in (
    {"base_ur": ""},
    {"operations": {"trigger": {"read": True}}},
    {"operations": {"sites": {"method": "DELETE"}}},
    {"fields": {"deployment": {"id": ["id"]}}},
    {"fields": {"logs": {"format": "xml"}}},
    {"statuses": {"won": []}},
):
    assert not validator.is_valid(wrong), wrong
