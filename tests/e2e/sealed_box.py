#!/usr/bin/env python3
"""Opens a sealed box made by sproobo-deploy with another implementation: libsodium, through PyNaCl.

Needs PyNaCl (`pip install pynacl`) and cargo. Run from anywhere; exits 0 if every box opens to what went in.
"""

import base64
import os
import pathlib
import subprocess
import sys
import tempfile

from nacl.public import PrivateKey, SealedBox

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEST = "a_sealed_box_for_another_implementation"
VALUES = ["spk_live_0123456789abcdef", "x", "ünïcödé \N{KEY} and a\nnewline", "k" * 4096]


def seal(public_key: bytes, value: str, out: pathlib.Path) -> bytes:
    """The box that our own code makes for this public key."""
    environment = os.environ | {
        "SEALED_BOX_OUT": str(out),
        "SEALED_BOX_PUBLIC_KEY": base64.b64encode(public_key).decode(),
        "SEALED_BOX_VALUE": value,
    }
    command = ["cargo", "test", "--quiet", "--test", "integration", "--", TEST]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    return base64.b64decode(out.read_text(), validate=True)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        for number, value in enumerate(VALUES):
            private_key = PrivateKey.generate()
            box = seal(bytes(private_key.public_key), value, pathlib.Path(folder, str(number)))
            opened = SealedBox(private_key).decrypt(box).decode()
            if opened != value:
                print(f"box {number} opened to something else", file=sys.stderr)
                return 1
    print(f"{len(VALUES)} sealed boxes opened by libsodium")
    return 0


if __name__ == "__main__":
    sys.exit(main())
