"""The fenced blocks of the documentation, and why a few of them are not run."""

import dataclasses
import re

import yaml

import support

PAGES = [support.ROOT / "README.md", support.ROOT / "SECURITY.md", *sorted((support.ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<body>.*?)^ *```$", re.MULTILINE | re.DOTALL)
# Stand for what a reader puts in.
PLACEHOLDERS = re.compile(r"<[^>\n]+>")

# Everything else is run: a command by its page and how it begins, any other block by its first line.
NOT_RUN = {
    ("README.md", "cargo run --release"): "`.ci/run` does, word for word",
    ("README.md", "cargo test"): "`.ci/run` does, word for word",
    ("README.md", "cargo install"): "builds for minutes what is under test here",
    ("install.md", "cargo install"): "builds for minutes what is under test here",
    ("install.md", "cargo static"): "builds for minutes",
    ("install.md", "RUSTFLAGS="): "builds for minutes",
    ("install.md", "cargo +nightly small"): "builds for minutes, and needs another compiler",
    ("install.md", "gh attestation verify"): "needs a published release",
    ("install.md", "sha256sum FILE"): "needs a published release",
    ("github.md", "gh secret set"): "needs github.com",
    ("github.md", "gh variable set"): "needs github.com",
    ("contract.md", "sproobo-deploy doctor --site web --contract cloudflare"): "needs another platform's account",
    ("fuzzing.md", "fuzz/run"): "builds for minutes, and searches for ten",
    ("performance.md", "cargo build"): "builds for minutes",
    ("performance.md", "cargo bench"): "prints the figures of a machine",
    ("performance.md", "cargo static"): "builds for minutes",
    ("performance.md", "cargo +nightly small"): "builds for minutes, and needs another compiler",
    ("reliability.md", "cargo test"): "`cargo test` runs these tests",
    ("reliability.md", "CAMPAIGN_"): "`cargo test` runs these tests",
}
excused = set()


def excuse(page, text):
    """Why this is not run; `None` if it is."""
    for (where, beginning), reason in NOT_RUN.items():
        if where == page and text.startswith(beginning):
            excused.add((where, beginning))
            return reason
    return None


@dataclasses.dataclass(frozen=True)
class Block:
    page: str
    language: str
    body: str

    def __str__(self):
        return f"{self.page}: {self.body.splitlines()[0]}"

    def filled(self):
        """What a reader makes of it, who puts something in for what stands in angle brackets."""
        return PLACEHOLDERS.sub("placeholder", self.body)

    def document(self):
        """The YAML in it. YAML 1.1 reads `on` as true; that is put right."""
        document = yaml.safe_load(self.filled())
        if isinstance(document, dict) and True in document:
            return {("on" if name is True else name): value for name, value in document.items()}
        return document

    def commands(self):
        """The command lines of a shell block, each with what follows its `#`; without those that are excused."""
        for line in re.sub(r"\\\n\s*", "", self.body).splitlines():
            command, _, comment = line.partition("#")
            command = command.strip()
            if command and not excuse(self.page, command):
                yield command, comment.strip()

    def kind(self):
        """Who runs it; `None` if nobody does."""
        if self.language != "yaml":
            return {"sh": "commands", "json": "contract", "text": "output"}.get(self.language)
        document = self.document()
        if isinstance(document, dict) and "repos" in document:
            return "pre-commit"
        if is_gitlab(document):
            return "gitlab"
        return "workflow" if whole_workflow(document) else None


def blocks(kind=None, page=None):
    for path in PAGES:
        for found in BLOCK.finditer(path.read_text()):
            indent = found["indent"]
            body = re.sub(f"^{indent}", "", found["body"], flags=re.MULTILINE)
            block = Block(path.name, found["language"], body)
            if page in (None, path.name) and kind in (None, block.kind()):
                yield block


def is_gitlab(document):
    if not isinstance(document, dict):
        return False
    jobs = [job for name, job in document.items() if name not in ("on", "jobs", "if", "with", "permissions", "concurrency")]
    return "include" in document or bool(jobs) and all(
        isinstance(job, dict) and ("script" in job or "rules" in job or "resource_group" in job) for job in jobs
    )


def whole_workflow(document):
    """The workflow that a block is, or is a part of; `None` if it can be no part of one."""
    action = {
        "uses": "OWNER/sproobo-deploy@COMMIT",
        "with": {"site": "${{ vars.SPROOBO_SITE }}", "api-key": "${{ secrets.SPROOBO_API_KEY }}"},
    }
    job = {"runs-on": "ubuntu-latest", "steps": [action]}
    if isinstance(document, list):
        if not all(isinstance(step, dict) and ("run" in step or "uses" in step) for step in document):
            return None
        job["steps"], document = document, {}
    elif not isinstance(document, dict):
        return None
    if "if" in document:
        job["if"] = document["if"]
    if "with" in document:
        action["with"] |= document["with"]
    if not set(document) <= {"name", "on", "env", "permissions", "concurrency", "jobs", "if", "with"}:
        return None
    top = {name: value for name, value in document.items() if name not in ("if", "with")}
    return {"on": "push", "jobs": {"deploy": job}} | top


def steps_of(workflow):
    for job in workflow["jobs"].values():
        yield from job["steps"]


def is_action(step):
    return "sproobo-deploy@" in step.get("uses", "")
