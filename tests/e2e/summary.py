#!/usr/bin/env python3
"""The job summary of real runs, drawn by the libraries that draw Markdown and Mermaid, in a real browser."""

import json
import os
import pathlib
import subprocess
import time

import support

HERE = pathlib.Path(__file__).parent


class Summary(support.TestCase):
    def summary(self, sproobo, code):
        page = self.dir / "summary.md"
        page.write_text("")
        done = subprocess.run(
            [support.binary(), "deploy", "demo", "--no-key-check", "--settle=1s", "--poll-interval=1s"],
            env={
                "PATH": os.environ["PATH"],
                "GITHUB_ACTIONS": "true",
                "GITHUB_STEP_SUMMARY": str(page),
                "GITHUB_SERVER_URL": "https://github.example",
                "GITHUB_REPOSITORY": "acme/shop",
                "GITHUB_SHA": "9dbb606a1b2c3d4e5f60718293a4b5c6d7e8f901",
                "SPROOBO_API_URL": sproobo.url,
                "SPROOBO_API_KEY": support.KEY,
            },
            stdout=subprocess.PIPE,
            text=True,
            timeout=120,
        )
        self.assertEqual(done.returncode, code, done.stdout)
        return page

    def drawn(self, page, version):
        """What a browser makes of it: texts, and each bar of the chart with its place and width."""
        picture = pathlib.Path(os.environ.get("PICTURES", self.dir)) / f"{page.stem}-{version}.png"
        done = subprocess.run(
            [support.tool("node"), HERE / "summary.mjs", page, f"mermaid{version}", picture],
            env={**os.environ, "CHROMIUM": support.tool("chromium")},
            stdout=subprocess.PIPE,
            text=True,
            timeout=120,
            check=True,
        )
        return json.loads(done.stdout)

    def test_reason_links_log_and_chart_are_drawn_by_both_mermaids(self):
        # A run of more than half a minute: a shorter one has no chart.
        extra = {
            "commit": "9dbb606a1b2c3d4e5f60718293a4b5c6d7e8f901",
            "url": "https://demo.example",
            "dashboardUrl": "https://dashboard.example/d1",
            "failureReason": "`npm run build` exited with code 2",
        }
        statuses = ["queued"] * 3 + ["building"] * 31 + ["failed"]
        log = [{"text": "> build"}, {"text": "error: </details> <b>no</b> such module"}]
        with support.Sproobo(statuses, extra, log) as sproobo:
            begun = time.monotonic()
            page = self.summary(sproobo, 1)
            took = time.monotonic() - begun
        for version in ("10", "11"):
            with self.subTest(mermaid=version):
                drawn = self.drawn(page, version)
                self.assertNotIn("Syntax error", drawn["text"])
                self.assertIn("failed", drawn["heading"])
                self.assertIn("npm run build", drawn["code"])
                self.assertIn("https://github.example/acme/shop/commit/" + extra["commit"], drawn["links"])
                self.assertIn("https://dashboard.example/d1", drawn["links"])
                self.assertIn("</details> <b>no</b> such module", drawn["blocks"])
                bars = drawn["bars"]
                names = ["triggering", "queued", *(f"{word} (health healthy)" for word in ("queued", "building", "failed"))]
                self.assertEqual([bar["name"] for bar in bars], names, drawn)
                for one, next_one in zip(bars, bars[1:]):
                    self.assertLessEqual(one["x"], next_one["x"])
                # Building is most of the run, and the axis is no longer than the run.
                whole = bars[-1]["x"] + bars[-1]["width"] - bars[0]["x"]
                self.assertGreater(bars[3]["width"] / whole, 0.6, drawn)
                self.assertLess(len(drawn["ticks"]), took + 2, drawn["ticks"])
                self.assertRegex(drawn["ticks"][0], r"^\d\d:\d\d:\d\d$")


if __name__ == "__main__":
    support.main()
