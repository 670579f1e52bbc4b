#!/usr/bin/env python3
"""The action's fetch step, with each shell and downloader that a runner may have, against a server on loopback."""

import functools
import hashlib
import http.server
import os
import shutil
import subprocess
import threading

import support

RELEASED = b"#!/bin/sh\necho released\n"
TARGET = "x86_64-unknown-linux-musl"
NEEDED = "awk chmod cp cut dirname head mkdir mktemp mv rm sed sha256sum timeout tr".split()


class Fetch(support.TestCase):
    shell, downloader = "dash", "curl"

    def setUp(self):
        super().setUp()
        self.environment = self.runner_environment() | {"PATH": str(self.tools()), "RUNNER_TOOL_CACHE": str(self.dir / "cache")}
        self.action = self.dir / "action"
        shutil.copytree(support.ROOT / ".github/action", self.action / ".github/action")
        self.environment["GITHUB_ACTION_PATH"] = str(self.action)
        self.table(hashlib.sha256(RELEASED).hexdigest())
        self.mirror = self.dir / "mirror/v1.2.3"
        self.mirror.mkdir(parents=True)
        (self.mirror / f"sproobo-deploy-{TARGET}").write_bytes(RELEASED)
        self.requests = requests = []

        class Mirror(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_):
                requests.append(self.path)

        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(Mirror, directory=self.dir / "mirror")
        )
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.base = f"http://127.0.0.1:{self.server.server_port}"

    def tools(self):
        """A PATH with nothing on it but what the script may count on."""
        tools = self.dir / "bin"
        tools.mkdir()
        for name in [*NEEDED, *filter(None, [self.downloader])]:
            (tools / name).symlink_to(support.tool(name))
        (tools / "sh").symlink_to(support.tool(self.shell))
        return tools

    def table(self, sha256, version="1.2.3", target=TARGET):
        path = self.action / ".github/action/checksums.txt"
        path.write_text(path.read_text() + f"{sha256}  {version} {target}\n")

    def fetch(self, **inputs):
        """Runs the step as the runner would and gives (exit code, output text, outputs)."""
        step = support.step("fetch-unix")
        inputs = {name.replace("_", "-"): value for name, value in inputs.items()}
        script = self.dir / "script.sh"
        script.write_text(step["run"])
        (self.dir / "output").write_text("")
        done = subprocess.run(
            [self.dir / "bin/sh", "-e", script],
            env=self.environment | support.step_environment(step, inputs, github={"action_repository": ""}),
            cwd=self.dir / "work",
            capture_output=True,
            text=True,
            timeout=60,
        )
        outputs = dict(support.parse_env_file((self.dir / "output").read_text()))
        return done.returncode, done.stdout + done.stderr, outputs

    def fetch_well(self, **inputs):
        code, text, outputs = self.fetch(**inputs)
        self.assertEqual(code, 0, text)
        return outputs["binary"]

    def cached(self):
        return self.dir / "cache/sproobo-deploy/1.2.3/x64/sproobo-deploy"

    def released(self, binary):
        with open(binary, "rb") as file:
            return file.read()

    def assert_refused(self, reason, **inputs):
        code, text, outputs = self.fetch(**inputs)
        self.assertEqual(code, 1, text)
        self.assertNotIn("binary", outputs)
        errors = [data for name, _, data in support.parse_commands(text) if name == "error"]
        self.assertEqual(len(errors), 1, text)
        self.assertIn(reason, errors[0])

    def test_a_listed_file_is_downloaded_into_the_tool_cache_and_runs(self):
        binary = self.fetch_well(download_base_url=self.base)
        self.assertTrue(binary.startswith(str(self.dir / "temp")), binary)
        self.assertEqual(subprocess.run([binary], capture_output=True).stdout, b"released\n")
        self.assertEqual(self.cached().read_bytes(), RELEASED)
        self.assertTrue((self.dir / "cache/sproobo-deploy/1.2.3/x64.complete").exists())
        self.assertEqual(os.listdir(self.dir / "cache/sproobo-deploy/1.2.3/x64"), ["sproobo-deploy"])

    def test_a_second_use_downloads_nothing(self):
        self.fetch_well(download_base_url=self.base)
        self.assertEqual(len(self.requests), 1)
        self.assertEqual(self.released(self.fetch_well(download_base_url=self.base + "/gone")), RELEASED)
        self.assertEqual(len(self.requests), 1)

    def test_a_spoilt_copy_in_the_tool_cache_is_fetched_again(self):
        self.fetch_well(download_base_url=self.base)
        with open(self.cached(), "a") as file:
            file.write("echo spoilt\n")
        self.assertEqual(self.released(self.fetch_well(download_base_url=self.base)), RELEASED)

    def test_what_is_run_can_not_be_changed_through_the_shared_cache(self):
        self.fetch_well(download_base_url=self.base)
        binary = self.fetch_well(download_base_url=self.base)
        with open(self.cached(), "a") as file:
            file.write("echo spoilt after it was hashed\n")
        self.assertEqual(self.released(binary), RELEASED)

    def test_a_link_in_the_tool_cache_is_not_followed(self):
        self.fetch_well(download_base_url=self.base)
        elsewhere = self.dir / "elsewhere"
        self.cached().rename(elsewhere)
        self.cached().symlink_to(elsewhere)
        self.assertEqual(self.released(self.fetch_well(download_base_url=self.base)), RELEASED)
        self.assertEqual(len(self.requests), 2)
        self.assertFalse(self.cached().is_symlink())

    def test_without_a_tool_cache_the_download_is_used_where_it_lies(self):
        del self.environment["RUNNER_TOOL_CACHE"]
        binary = self.fetch_well(download_base_url=self.base)
        self.assertTrue(binary.startswith(str(self.dir / "temp")))

    def test_a_file_with_another_checksum_is_refused(self):
        (self.mirror / f"sproobo-deploy-{TARGET}").write_bytes(RELEASED + b"# changed\n")
        self.assert_refused("nothing of it was run", download_base_url=self.base)
        self.assertFalse((self.dir / "cache").exists())

    def test_a_version_that_is_not_listed_is_refused_before_any_download(self):
        self.assert_refused("is not in this commit's", version="9.9.9", download_base_url=self.base)
        self.assertEqual(self.requests, [])

    def test_a_processor_that_is_not_listed_is_refused(self):
        self.environment["RUNNER_ARCH"] = "ARM64"
        self.assert_refused("for aarch64-unknown-linux-musl is not in", download_base_url=self.base)

    def test_a_processor_without_releases_is_refused(self):
        self.environment["RUNNER_ARCH"] = "ARM"
        self.assert_refused("no release for Linux on ARM", download_base_url=self.base)

    def test_an_empty_table_names_the_ways_out(self):
        shutil.copy(support.ROOT / ".github/action/checksums.txt", self.action / ".github/action/checksums.txt")
        lines = (self.action / ".github/action/checksums.txt").read_text().splitlines(keepends=True)
        (self.action / ".github/action/checksums.txt").write_text("".join(line for line in lines if line[0] == "#"))
        self.assert_refused("or give binary-path", download_base_url=self.base)

    def test_the_newest_release_is_the_default_and_a_v_is_allowed(self):
        self.table("0" * 64, version="1.2.2")
        self.fetch_well(download_base_url=self.base + "/")
        self.fetch_well(version="v1.2.3", download_base_url=self.base)

    def test_a_download_that_fails_names_the_address(self):
        self.assert_refused(f"could not download {self.base}/none/v1.2.3/", download_base_url=self.base + "/none")

    def test_plain_http_is_for_this_machine_alone(self):
        for url in ["http://example.com", "http://127.0.0.1@example.com", "http://127.0.0.1:80@example.com", "http://127.0.0.1.example.com", "file:///tmp", "ftp://localhost"]:
            with self.subTest(url):
                self.assert_refused("must begin with https://", download_base_url=url)

    def test_a_local_action_without_an_address_is_told_so(self):
        self.assert_refused("the repository of the action is not known")

    def test_a_given_binary_is_used_and_nothing_is_downloaded(self):
        given = self.dir / "work/mine"
        given.write_bytes(RELEASED)
        given.chmod(0o755)
        self.assertEqual(self.fetch_well(binary_path="mine"), str(given))
        self.assertEqual(self.fetch_well(binary_path=str(given)), str(given))

    def test_a_given_binary_that_is_not_there_is_refused(self):
        self.assert_refused("is not an executable file", binary_path="mine")

    def test_text_of_an_input_can_neither_act_as_a_command_nor_as_an_output(self):
        code, text, outputs = self.fetch(binary_path="x\nbinary=/bin/true\n::set-output name=a::b%0A")
        self.assertEqual(code, 1)
        self.assertNotIn("binary", outputs)
        self.assertEqual([name for name, _, _ in support.parse_commands(text)], ["error"])
        code, text, outputs = self.fetch(state_file="x\nbinary=/bin/true")
        self.assertEqual((code, outputs), (1, {}), text)

    def test_credentials_of_a_mirror_are_not_printed(self):
        host = self.base.removeprefix("http://")
        for url in [f"http://user:hunter2-secret@{host}", "https://user:hunter2-secret@127.0.0.1:1", f"ftp://{host}?token=hunter2-secret"]:
            with self.subTest(url):
                code, text, _ = self.fetch(download_base_url=url)
                self.assertEqual(code, 1)
                self.assertNotIn("hunter2", text)

    def test_a_line_break_in_a_mirrors_address_prints_no_command(self):
        code, text, _ = self.fetch(download_base_url=f"{self.base}\n::warning::injected")
        self.assertEqual(code, 1)
        self.assertEqual([name for name, _, _ in support.parse_commands(text)], ["error"])
        self.assertEqual(self.requests, [])

    def test_only_a_regular_state_file_is_removed(self):
        kept = self.dir / "kept"
        kept.write_text("kept")
        link, fifo = self.dir / "link", self.dir / "fifo"
        link.symlink_to(kept)
        os.mkfifo(fifo)
        for path in [link, fifo, self.dir]:
            self.assert_refused("is not a regular file", state_file=str(path), binary_path="/bin/true")
        self.assertTrue(link.is_symlink() and fifo.exists() and kept.exists())

    def test_an_earlier_use_leaves_no_state_behind(self):
        state = self.dir / "temp/sproobo-deploy.json"
        state.write_text("{}")
        _, _, outputs = self.fetch(binary_path="/bin/true")
        self.assertEqual(outputs["state-file"], str(state))
        self.assertFalse(state.exists())


class FetchInBash(Fetch):
    shell = "bash"


class FetchWithWget(Fetch):
    downloader = "wget"


class FetchInBusybox(Fetch):
    """As in an Alpine container: every tool is busybox."""

    def tools(self):
        tools = self.dir / "bin"
        tools.mkdir()
        for name in [*NEEDED, "sh", "wget"]:
            (tools / name).symlink_to(support.tool("busybox"))
        return tools


class FetchWithLittle(Fetch):
    downloader = None

    def test_no_downloader_is_said_so(self):
        self.assert_refused("neither curl nor wget", download_base_url=self.base)

    def test_no_hasher_is_said_so(self):
        (self.dir / "bin/sha256sum").unlink()
        self.assert_refused("neither sha256sum nor shasum", download_base_url=self.base)


# Without a downloader only its own tests make sense.
for inherited in [name for name in dir(Fetch) if name.startswith("test_")]:
    setattr(FetchWithLittle, inherited, None)

if __name__ == "__main__":
    support.main()
