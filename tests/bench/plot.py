# SPDX-License-Identifier: GPL-2.0-only
"""Plots as SVG, without libraries."""
import math
from xml.sax.saxutils import escape

import figure6
from figures import FIGURE2_KINDS, FIGURE2_PAGES, FIGURES, GROUPS, PAIRS, SMALL_PAIRS, TLB_TEXT, WORDS

COLOURS = ("#1f4e79", "#c55a11", "#548235", "#7f6000", "#5b2c6f", "#7b241c", "#117864")
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
    left, width, step, top = 270, 620, 18, 40
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


def chart(title, x_title, series, x_labels):
    """Lines: series is [(name, [(x, y), …])]; both axes begin at 0."""
    left, top, width, height = 70, 40, 560, 300
    high = max(y for _, points in series for _, y in points) or 1
    x_high = max(x for _, points in series for x, _ in points)
    step = 10 ** math.floor(math.log10(high))
    limit = math.ceil(high / step) * step

    def at(x, y):
        return left + width * x / x_high, top + height * (1 - y / limit)

    body = [text(10, 20, title)]
    for i in range(round(limit / step) + 1):
        y = at(0, i * step)[1]
        body += [line(left, y, left + width, y), text(left - 6, y + 4, f"{i * step:g}", "end")]
    body += [text(at(x, 0)[0], top + height + 16, x, "middle") for x in x_labels]
    body.append(text(left + width, top + height + 34, x_title, "end"))
    for i, (name, points) in enumerate(series):
        colour, dots = COLOURS[i % len(COLOURS)], [at(*p) for p in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in dots)
        below = top + height + 58 + 18 * i
        body += [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
                 *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in dots),
                 f'<rect x="{left}" y="{below - 11}" width="12" height="12" fill="{colour}"/>',
                 text(left + 18, below, name)]
    return svg(left + width + 40, top + height + 60 + 18 * len(series), body)


def words(values):
    pairs = {**PAIRS, **SMALL_PAIRS}
    series = [(where, [(n, values[f"ipc.words.{n}.{pair}"]) for n in WORDS])
              for pair, where in pairs.items()]
    return chart("IPC, one way: instructions against words", "words", series, WORDS[3:])


def rpc(values, suffix, title, scale=1.0):
    names = {"small": "server in a small space: segments", "large": "server in a large space: page tables"}
    series = [(names[kind], [(n, values[f"figure2.{kind}.{n}{suffix}"] * scale) for n in FIGURE2_PAGES])
              for kind in FIGURE2_KINDS]
    return chart(title, "pages of the caller's working set", series, FIGURE2_PAGES[4:])


def vtlb(values, what, title, scale=1.0):
    series = [(f"{n} processes", [(p, values[f"figure6.{n}.{p}.{what}"] * scale) for p in figure6.PAGES])
              for n in figure6.WORK]
    return chart(title, "pages of the VTLB", series, (16, 32, 64, 96, 128, 256))


def all_plots(values):
    plots = {
        "operations": operations(values), "words": words(values),
        "figure2-misses": rpc(values, ".tlb_misses",
                              f"Round trip: modelled TLB misses ({TLB_TEXT['today']})"),
        "figure2-misses-pentium": rpc(values, ".tlb_misses.pentium",
                                      f"Round trip: modelled TLB misses ({TLB_TEXT['pentium']})"),
        "figure6": vtlb(values, "misses", "VTLB misses, linuxlike running a pipeline"),
        "figure6-cpu": vtlb(values, "cpu_ppm", "Instructions spent on VTLB misses, %", 1e-4),
    }
    if f"{next(iter(FIGURES))}.wall" in values:
        plots["figure2"] = rpc(values, ".wall", "Round trip: µs of wall time under TCG", 1e-3)
    return plots
