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


PAGE = """
text { font: 15px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, "DejaVu Sans", sans-serif; fill: #1f2328;
  white-space: pre }
.page { fill: #ffffff; stroke: #d1d9e0 } .cell { fill: none; stroke: #d1d9e0 } .code { fill: #f0f2f4 } .rule { fill: #d1d9e0 }
.bold { font-weight: 600 } .link { fill: #0550ae }
.mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .page { fill: #0d1117; stroke: #3d444d } .cell { stroke: #3d444d } .code { fill: #212830 }
  .rule { fill: #3d444d } .link { fill: #6cb6ff }
}
"""


def page(layout, width, title):
    """The picture of a page that was laid out by layout.mjs. Each run but marks is as wide as it was there, in any font."""

    def box(kind, at, radius=0):
        place = " ".join(f'{name}="{at[name]:g}"' for name in ("x", "y", "width", "height"))
        return f'<rect class="{kind}" {place}' + (f' rx="{radius}"/>' if radius else "/>")

    height = layout["height"]
    whole = {"x": 0.5, "y": 0.5, "width": width - 1, "height": height - 1}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img">',
        f"<title>{html.escape(title)}</title>",
        f"<style>{PAGE}</style>",
        box("page", whole, 8),
        *(box("cell", cell) for cell in layout["cells"]),
        *(box("code", code, 5) for code in layout["codes"]),
        *(box("rule", rule) for rule in layout["rules"]),
    ]
    for run in layout["texts"]:
        classes = " ".join(name for name in ("bold", "mono", "link") if run[name])
        kind = f' class="{classes}"' if classes else ""
        length = "" if run["mark"] else f' textLength="{run["width"]:g}"'
        place = f'x="{run["x"]:g}" y="{run["y"]:g}"{length} style="font-size: {run["size"]:g}px"'
        parts.append(f"<text {place}{kind}>{html.escape(run['text'], quote=False)}</text>")
    return "\n".join([*parts, "</svg>", ""])
