"""Draws what people see as SVG: text that can be read, searched and scaled, in the colours of the reader's page."""

import html
import re

FONT = 14
COLUMN, ROW, MARGIN = 8.4, 20, 16
# SGR code: class.
STYLES = {"1": "bold", "31": "red", "32": "green", "33": "yellow"}
TERMINAL = """
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace;
  fill: #1f2328; white-space: pre }
.screen { fill: #f6f8fa; stroke: #d1d9e0 }
.bold { font-weight: 700 } .red { fill: #b3261e } .green { fill: #116329 } .yellow { fill: #7d4e00 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .screen { fill: #161b22; stroke: #3d444d }
  .red { fill: #ff7b72 } .green { fill: #56d364 } .yellow { fill: #e3b341 }
}
"""


def runs(line):
    """The pieces of a line with escape sequences: (column, text, classes)."""
    column, classes, found = 0, [], []
    for text, codes in re.findall(r"([^\x1b]+)|\x1b\[([\d;]*)m", line):
        if text:
            found.append((column, text, list(classes)))
            column += len(text)
            continue
        for code in codes.split(";"):
            if code in ("", "0"):
                classes = []
            elif code in ("39", "22"):
                classes = [name for name in classes if (name == "bold") != (code == "22")]
            elif code in STYLES:
                classes.append(STYLES[code])
    return found


def plain(screen):
    """The screen's text alone."""
    return re.sub(r"\x1b\[[\d;]*m", "", screen)


def text_of(svg):
    """The text that a picture shows, line by line."""
    lines = re.findall(r"<text [^>]*>(.*?)</text>", svg)
    return "\n".join(html.unescape(re.sub(r"<[^>]+>", "", line)) for line in lines)


def terminal(screen, columns, title):
    """The picture. Each run is as wide as its columns, whatever font the reader has."""
    lines = screen.rstrip("\n").split("\n")
    width, height = columns * COLUMN + 2 * MARGIN, len(lines) * ROW + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img">',
        f"<title>{html.escape(title)}</title>",
        f"<style>{TERMINAL}</style>",
        f'<rect class="screen" x="0.5" y="0.5" width="{width - 1:g}" height="{height - 1:g}" rx="8"/>',
    ]
    for row, line in enumerate(lines):
        spans = []
        for column, text, classes in runs(line.rstrip()):
            kind = f' class="{" ".join(classes)}"' if classes else ""
            length = f' textLength="{len(text) * COLUMN:g}"' if len(text) > 1 else ""
            spans.append(f'<tspan x="{MARGIN + column * COLUMN:g}"{length}{kind}>{html.escape(text, quote=False)}</tspan>')
        parts.append(f'<text y="{MARGIN + row * ROW + FONT:g}">{"".join(spans)}</text>')
    return "\n".join([*parts, "</svg>", ""])
