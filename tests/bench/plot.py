# SPDX-License-Identifier: GPL-2.0-only
"""Two plots as SVG, without libraries."""
import math

from figures import GROUPS, PAIRS, WORDS
from xml.sax.saxutils import escape

COLOURS = ("#1f4e79", "#c55a11", "#548235", "#7f6000", "#5b2c6f", "#7b241c")
FONT = 'font-family="sans-serif" font-size="12"'


def svg(width, height, body):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" {FONT}>\n'
            f'<rect width="{width}" height="{height}" fill="white"/>\n' + "\n".join(body)
            + "\n</svg>\n")


def text(x, y, s, anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(str(s))}</text>'


def line(x1, y1, x2, y2, colour="#cccccc"):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def operations(values):
    """Bars on a logarithmic scale, all figures but the messages by words."""
    names = [(n, i) for i, g in enumerate(GROUPS.values()) for n in g if ".words." not in n]
    left, width, step, top = 230, 620, 18, 40
    decades = max(1, math.ceil(math.log10(max(values[n] for n, _ in names))))
    bottom = top + step * len(names)
    body = [text(10, 20, "Instructions per operation, logarithmic")]
    for d in range(decades + 1):
        x = left + width * d / decades
        body += [line(x, top, x, bottom), text(x, bottom + 16, 10 ** d, "middle")]
    for row, (name, group) in enumerate(names):
        y, w = top + step * row, width * math.log10(values[name]) / decades
        body += [f'<rect x="{left}" y="{y + 3}" width="{w:.1f}" height="{step - 5}" '
                 f'fill="{COLOURS[group % len(COLOURS)]}"/>',
                 text(left - 6, y + 13, name, "end"), text(left + w + 4, y + 13, values[name])]
    return svg(left + width + 90, bottom + 30, body)


def words(values):
    """One way of a message against its length."""
    left, top, width, height = 70, 40, 560, 300
    high = max(values[f"ipc.words.{n}.{p}"] for n in WORDS for p in PAIRS)
    step = 10 ** math.floor(math.log10(high))
    limit = math.ceil(high / step) * step

    def at(n, v):
        return left + width * n / max(WORDS), top + height * (1 - v / limit)

    body = [text(10, 20, "IPC, one way: instructions against words")]
    for v in range(0, limit + 1, step):
        body += [line(left, at(0, v)[1], left + width, at(0, v)[1]),
                 text(left - 6, at(0, v)[1] + 4, v, "end")]
    body += [text(at(n, 0)[0], top + height + 16, n, "middle") for n in WORDS if n != 1 and n != 2]
    for i, (pair, where) in enumerate(PAIRS.items()):
        points = [at(n, values[f"ipc.words.{n}.{pair}"]) for n in WORDS]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        body += [f'<polyline points="{path}" fill="none" stroke="{COLOURS[i]}" stroke-width="2"/>',
                 *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{COLOURS[i]}"/>'
                   for x, y in points),
                 f'<rect x="{left + 10}" y="{top + 6 + 18 * i}" width="12" height="12" '
                 f'fill="{COLOURS[i]}"/>', text(left + 28, top + 17 + 18 * i, where)]
    return svg(left + width + 40, top + height + 40, body)
