#!/usr/bin/env python3
"""Makes what other places distribute from a release's checksums: the Homebrew formula, and the project of the GitLab
component, whose job fetches the released file and checks it.

Usage: make.py VERSION OWNER/REPOSITORY CHECKSUMS OUT [BASE]
  CHECKSUMS  lines of `SHA256  VERSION TARGET`, as in .github/action/checksums.txt
  BASE       where releases are, as BASE/vVERSION/FILE; default is the repository on github.com
"""

import pathlib
import re
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# The image of .github/image, which has a shell, wget and sha256sum, and nothing else that is needed.
IMAGE = re.search(r"^FROM (\S+@sha256:[0-9a-f]{64})$", (ROOT / ".github/image/Dockerfile").read_text(), re.MULTILINE)[1]

FETCH = """\
  before_script:
    - |
      if [ "$SPROOBO_BINARY" = ./sproobo-deploy ]; then
        case $(uname -m) in
          x86_64) file=sproobo-deploy-x86_64-unknown-linux-musl sum=@x86_64-unknown-linux-musl@ ;;
          aarch64) file=sproobo-deploy-aarch64-unknown-linux-musl sum=@aarch64-unknown-linux-musl@ ;;
          *) echo "no released file for $(uname -m): give the input \\`binary\\`"; exit 2 ;;
        esac
        wget -q -O sproobo-deploy "@BASE@/v@VERSION@/$file"
        echo "$sum  sproobo-deploy" | sha256sum -c
        chmod +x sproobo-deploy
      fi
"""


def checksums(table, version):
    """The checksum of each target."""
    rows = [line.split() for line in table.splitlines() if line and not line.startswith("#")]
    return {target: checksum for checksum, of, target in rows if of == version}


def fill(text, values):
    """The text with its `@NAME@`s filled in; a name that has no value is an error."""
    return re.sub(r"@([A-Za-z_][\w-]*)@", lambda found: values[found[1]], text)


def replaced(text, old, new):
    """The text with `new` for `old`, which it must hold once."""
    if text.count(old) != 1:
        raise SystemExit(f"templates/deploy.yml has this {text.count(old)} times, and not once: {old!r}")
    return text.replace(old, new)


def component(template):
    """The template with a job that brings the binary along."""
    text = replaced(
        template,
        "    image:\n      description: An image with `sproobo-deploy` and a shell, best by digest (docs/gitlab.md).\n",
        f"    image:\n      default: {IMAGE}\n      description: Any image with a shell, wget and sha256sum.\n",
    )
    text = replaced(
        text,
        "    binary:\n      default: sproobo-deploy\n      description: The program, for runners that have it in another place.\n",
        "    binary:\n      default: ./sproobo-deploy\n"
        "      description: The program, for runners that have it. By default the released one is fetched and checked.\n",
    )
    return replaced(text, "  script:\n", FETCH + "  script:\n")


def elsewhere(text, page):
    """A page of `docs` whose links lead back to where the rest of the documentation is."""
    text = re.sub(r"\]\(\.\./", f"]({page}", text)
    return re.sub(r"\]\(([\w-]+\.md)", rf"]({page}docs/\1", text)


def main(version, repository, table, out, base=None):
    values = checksums(pathlib.Path(table).read_text(), version) | {
        "VERSION": version,
        "REPOSITORY": repository,
        "BASE": base or f"https://github.com/{repository}/releases/download",
    }
    out = pathlib.Path(out)
    project = out / "gitlab-component"
    (project / "templates").mkdir(parents=True)
    (out / "sproobo-deploy.rb").write_text(fill((HERE / "sproobo-deploy.rb").read_text(), values))
    template = component((ROOT / "templates/deploy.yml").read_text())
    (project / "templates/deploy.yml").write_text(fill(template, values))
    shutil.copy(HERE / "gitlab-component.yml", project / ".gitlab-ci.yml")
    shutil.copy(ROOT / "LICENSE", project)
    page = f"https://github.com/{repository}/blob/v{version}/"
    (project / "README.md").write_text(elsewhere((ROOT / "docs/gitlab.md").read_text(), page))


if __name__ == "__main__":
    if len(sys.argv) not in (5, 6):
        sys.exit(__doc__)
    main(*sys.argv[1:])
