#!/usr/bin/env python3
"""What the documentation shows is run: here the commands, against the sandbox; docs_ci.py has the workflows and jobs.
A block that neither can run fails, unless snippets.NOT_RUN says why it may."""

import json
import os
import re
import shutil

import services
import snippets
import support


class Docs(support.TestCase):
    def setUp(self):
        super().setUp()
        (self.dir / "bin").mkdir()
        (self.dir / "bin/sproobo-deploy").symlink_to(support.binary())

    def environment(self, **more):
        path = f"{self.dir / 'bin'}:{os.environ['PATH']}"
        return {"PATH": path, "HOME": str(self.dir), "LANG": "C.UTF-8", **more}

    def sproobo(self, *arguments, **more):
        return self.run_in(self.dir, [support.binary(), *arguments], env=self.environment(**more))

    def test_every_block_is_run_or_says_why_not(self):
        for block in snippets.blocks():
            with self.subTest(str(block)):
                self.assertIsNotNone(block.kind(), f"nothing here runs this {block.language or 'unnamed'} block")
            if block.kind() == "commands":
                list(block.commands())
        self.assertEqual(set(snippets.NOT_RUN) - snippets.excused, set(), "excuses for what is not there any more")

    def test_every_option_in_the_text_is_one_of_a_command(self):
        helps = self.helps()
        for page in snippets.PAGES:
            prose = snippets.BLOCK.sub("", page.read_text())
            for code in re.findall(r"`([^`\n]+)`", prose):
                # Of other programs.
                if re.match(r"(cargo|docker|gh|git|glab|tests/\S+|zizmor) ", code):
                    continue
                for option in re.findall(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*(?![\w*-])", code):
                    with self.subTest(page.name, code=code):
                        self.assertIn(f"{option}\n", helps)

    def test_every_link_leads_to_a_file_and_a_heading_of_it(self):
        for page in [*snippets.PAGES, support.ROOT / "CHANGELOG.md"]:
            for link in re.findall(r"\]\(([^)\s]+)\)", snippets.BLOCK.sub("", page.read_text())):
                if re.match(r"https?://", link):
                    continue
                with self.subTest(page.name, link=link):
                    file, _, heading = link.partition("#")
                    target = (page.parent / file) if file else page
                    self.assertTrue(target.exists())
                    if heading:
                        self.assertIn(heading, self.headings(target))

    def headings(self, page):
        """The names by which GitHub links to a page's headings."""
        titles = re.findall(r"^#+ (.*)$", snippets.BLOCK.sub("", page.read_text()), re.MULTILINE)
        return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]

    def helps(self):
        """The options of every command, one a line."""
        options, todo = {"--api-key"}, [[]]  # which is refused, with its reason
        while todo:
            words = todo.pop()
            _, text = self.sproobo(*words, "--help")
            options |= set(re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", text, re.MULTILINE))
            listed = re.search(r"^Commands:\n((?:(?: {2,}.*)?\n)+)", text, re.MULTILINE)
            names = re.findall(r"^  ([a-z-]+)", listed[1], re.MULTILINE) if listed else []
            todo += [[*words, name] for name in names if name != "help"]
        self.assertGreater(len(options), 60)
        return "".join(f"{option}\n" for option in options)

    def test_every_command_ends_as_it_says(self):
        ran = 0
        for page in snippets.PAGES:
            commands = [line for block in snippets.blocks("commands", page.name) for line in block.commands()]
            if commands:
                ran += len(commands)
                with self.subTest(page.name):
                    self.run_page(page, commands)
        self.assertGreaterEqual(ran, 20)

    def run_page(self, page, commands):
        """Runs a page's commands from top to bottom, as one reader would."""
        folder = self.repository(page.stem)
        self.prepare(folder)
        with support.Sandbox() as sandbox, services.Services() as outside, services.Site() as live:
            live.deploy(folder)
            # Who is told to start a sandbox has none before.
            own = any(command.startswith("sproobo-deploy sandbox") for command, _ in commands)
            environment = self.environment(**outside.variables, **({} if own else sandbox))
            for command, comment in commands:
                if command.startswith("sproobo-deploy sandbox"):
                    # The port of the page may be in use here.
                    started = support.Sandbox(*re.sub(r":\d+$", ":0", command).split()[2:])
                    environment |= started.__enter__()
                    self.addCleanup(started.__exit__)
                elif re.fullmatch(r"export SPROOBO_API_KEY=…", command):
                    environment |= sandbox
                else:
                    command = command.replace("https://my-site.example/version", live.url)
                    code, text = self.run_in(folder, ["bash", "-c", command], env=environment)
                    wanted = re.search(r"exit code (\d+)", comment)
                    with self.subTest(command):
                        self.assertEqual(code, int(wanted[1]) if wanted else 0, text)
                        if "contract learn" in command:
                            self.shows("contract.md", text)

    def prepare(self, folder):
        """The files and folders that the pages take for granted."""
        for end, recording in {"ok": "success", "failed": "failure", "cancelled": "cancel"}.items():
            shutil.copy(support.ROOT / f"tests/recordings/render-{recording}.har", folder / f"{end}.har")
        (folder / "sproobo.json").write_text('{ "version": 1 }')
        shutil.copytree(support.ROOT / "docs/man", folder / "docs/man", dirs_exist_ok=True)

    def shows(self, page, text):
        """Each line that the page shows below a command stands in what it prints."""
        (shown,) = snippets.blocks("output", page)
        for line in shown.body.splitlines():
            self.assertIn(line, text)

    def test_every_event_and_member_is_described(self):
        page = (support.ROOT / "docs/json.md").read_text()
        described = {}
        for names, text in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (.*) \|$", page, re.MULTILINE):
            described |= {name: set(re.findall(r"`(\w+)`", text)) for name in re.findall(r"`(\w+)`", names)}
        runs = ["deploy demo --sandbox=flaky", "deploy demo --sandbox=fail --on-failure=rollback", "deploy demo --sandbox=unknown"]
        runs += ["deploy worker --sandbox --settle=1s", "deploy demo --sandbox --dry-run", "rollback demo --sandbox"]
        seen = set()
        for run in runs:
            _, text = self.sproobo(*run.split(), "--output=json")
            for event in map(json.loads, text.splitlines()):
                with self.subTest(run, event=event["event"]):
                    seen.add(event["event"])
                    self.assertLessEqual(set(event) - {"event", "site", "at_seconds"}, described[event["event"]])
        self.assertGreaterEqual(seen, {"trigger_lost", "settling", "rolling_back", "verdict", "plan", "result"})

    def test_the_example_of_a_contract_is_one_and_says_what_is_sent(self):
        (block,) = snippets.blocks("contract")
        file = self.dir / "contract.json"
        file.write_text(block.body)
        code, text = self.sproobo("contract", "check", file)
        self.assertEqual(code, 0, text)
        plan = ["deploy", "my-site", "--dry-run=offline", "--contract", file]
        code, text = self.sproobo(*plan, SPROOBO_API_KEY=support.KEY)
        self.assertEqual(code, 0, text)
        path = json.loads(block.body)["operations"]["trigger"]["path"]
        self.assertIn(path.replace("{site}", "my-site"), text)

    def test_the_hook_stops_a_commit_with_the_key(self):
        (block,) = snippets.blocks("pre-commit")
        # Its user installs it from a repository that is published.
        hooks = self.repository("hooks", {".pre-commit-hooks.yaml": (support.ROOT / ".pre-commit-hooks.yaml").read_text()})
        _, head = self.run_in(hooks, ["git", "rev-parse", "HEAD"])
        config = block.body.replace("https://github.com/OWNER/sproobo-deploy", f"file://{hooks}")
        config = config.replace("<full commit hash>", head.strip())
        folder = self.repository("hooked", {".pre-commit-config.yaml": config})
        with support.Sandbox() as sandbox:
            key = sandbox["SPROOBO_API_KEY"]
            environment = self.environment(**sandbox, PRE_COMMIT_HOME=str(self.dir / "cache"))
            for text, wanted in (("harmless", 0), (key, 1)):
                (folder / "staged").write_text(text)
                self.run_in(folder, ["git", "add", "staged"])
                code, log = self.run_in(folder, ["pre-commit", "run"], env=environment)
                self.assertEqual(code, wanted, log)
                self.assertIn("no Sproobo API key in this commit", log)
                self.assertNotIn(key, log)


if __name__ == "__main__":
    support.main()
