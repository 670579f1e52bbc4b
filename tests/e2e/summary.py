#!/usr/bin/env python3
"""The job summary of real runs, drawn by the libraries that draw Markdown and Mermaid, in a real browser, and as the README's picture.

`summary.py BINARY --draw` draws that picture anew."""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

import picture
import support

HERE = pathlib.Path(__file__).parent
PICTURE = support.ROOT / "docs/pictures/summary.svg"
WIDTH = 900
COMMIT = "9dbb606a1b2c3d4e5f60718293a4b5c6d7e8f901"
DEPLOYMENT = {
    "commit": COMMIT,
    "health": None,
    "url": "https://demo.example",
    "dashboardUrl": "https://dashboard.example/d1",
    "failureReason": "`npm run build` exited with code 2",
}


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
                "GITHUB_SHA": COMMIT,
                "SPROOBO_API_URL": sproobo.url,
                "SPROOBO_API_KEY": support.KEY,
            },
            stdout=subprocess.PIPE,
            text=True,
            timeout=120,
        )
        self.assertEqual(done.returncode, code, done.stdout)
        return page

    def in_a_browser(self, script, *arguments):
        done = subprocess.run(
            [support.tool("node"), HERE / script, *arguments],
            env={**os.environ, "CHROMIUM": support.tool("chromium")},
            stdout=subprocess.PIPE,
            text=True,
            timeout=120,
            check=True,
        )
        return json.loads(done.stdout)

    def drawn(self, page, version):
        """What a browser makes of it: texts, and each bar of the chart with its place and width."""
        shot = pathlib.Path(os.environ.get("PICTURES", self.dir)) / f"{page.stem}-{version}.png"
        return self.in_a_browser("summary.mjs", page, f"mermaid{version}", shot)

    def is_the_readmes_picture(self, page):
        layout = self.in_a_browser("layout.mjs", page, str(WIDTH))
        if DRAW:
            title = "The job summary of a failed deployment: the verdict, its reason, what to do next, and the log's end"
            PICTURE.write_text(picture.page(layout, WIDTH, title))
        svg = PICTURE.read_text()
        really = "\n".join(run["text"] for run in layout["texts"])
        self.assertEqual(words(picture.text_of(svg)), words(really))
        self.assertLess(len(svg), 40_000)

    def test_a_logs_markup_is_text(self):
        log = [{"text": "> build"}, {"text": "error: </details> <b>no</b> such module"}]
        with support.Sproobo(["failed"], DEPLOYMENT, log) as sproobo:
            drawn = self.drawn(self.summary(sproobo, 1), "11")
        self.assertIn("</details> <b>no</b> such module", drawn["blocks"])

    def test_reason_links_log_and_chart_are_drawn_by_both_mermaids(self):
        # A run of more than half a minute: a shorter one has no chart.
        statuses = ["queued"] * 3 + ["building"] * 31 + ["failed"]
        log = [
            {"text": "> tsc --noEmit && vite build"},
            {"text": "src/checkout.ts:41:7 - error TS2322: Type 'string' is not assignable to type 'number'."},
            {"text": "npm error Lifecycle script `build` failed with error code 2"},
        ]
        with support.Sproobo(statuses, DEPLOYMENT, log) as sproobo:
            begun = time.monotonic()
            page = self.summary(sproobo, 1)
            took = time.monotonic() - begun
        self.is_the_readmes_picture(page)
        for version in ("10", "11"):
            with self.subTest(mermaid=version):
                drawn = self.drawn(page, version)
                self.assertNotIn("Syntax error", drawn["text"])
                self.assertIn("failed", drawn["heading"])
                self.assertIn("npm run build", drawn["code"])
                self.assertIn("https://github.example/acme/shop/commit/" + COMMIT, drawn["links"])
                self.assertIn("https://dashboard.example/d1", drawn["links"])
                self.assertIn("error TS2322", drawn["blocks"])
                bars = drawn["bars"]
                self.assertEqual([bar["name"] for bar in bars], ["triggering", "queued", "building", "failed"], drawn)
                for one, next_one in zip(bars, bars[1:]):
                    self.assertLessEqual(one["x"], next_one["x"])
                # Building is most of the run, and the axis is no longer than the run.
                whole = bars[-1]["x"] + bars[-1]["width"] - bars[0]["x"]
                self.assertGreater(bars[2]["width"] / whole, 0.6, drawn)
                self.assertLess(len(drawn["ticks"]), took + 2, drawn["ticks"])
                self.assertRegex(drawn["ticks"][0], r"^\d\d:\d\d:\d\d$")


def words(text):
    """The words in their order: where a line ends hangs on the machine's fonts, and a time on how quick it was."""
    return re.sub(r"\b\d+ s\b", "N s", " ".join(text.split())).split(" ")


DRAW = "--draw" in sys.argv
if __name__ == "__main__":
    sys.argv = [argument for argument in sys.argv if argument != "--draw"]
    support.main()
