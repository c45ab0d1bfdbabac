#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Benchmarks: build/bench/bench.json, tables and plots, and the generated part of
docs/benchmarks.md. Figures in instructions are exact: they are taken twice and must agree."""
import argparse
import json
import subprocess
import sys

import figure2
import figure6
import machine
import plot
import report
from figures import (BESIDE, FIGURE2, FIGURES, GROUPS, OUTSIDE, PAPERS, PEERS, SMALL_CMDLINE,
                     SMALL_GROUP, TABLE2, TABLE2_COLUMNS, TABLE2_UNIT, TLB_TEXT, TLBS, WALL,
                     WALL_RATIO)

ARCH = "x86"
SMALL = {"options": ["only=ipc.,figure2.", "small"], "hv": SMALL_CMDLINE}
# What each boot has to measure.
MAIN_NAMES = {name for group, names in GROUPS.items() if group != SMALL_GROUP for name in names}
SMALL_NAMES = GROUPS[SMALL_GROUP].keys() | FIGURE2.keys()


def check_names(found, names=MAIN_NAMES):
    missing, unknown = names - found.keys(), found.keys() - names
    bad = [name for name in found if found[name]["value"] <= 0 or found[name]["min"] <= 0]
    for names, what in ((missing, "missing"), (unknown, "not in figures.py"), (bad, "not positive")):
        if names:
            raise machine.BenchError(f"figures {what}: {', '.join(sorted(names))}")


def main_boot(options, **kw):
    found = machine.figures(machine.run(options, **kw))
    check_names(found)
    return found


def small_boot(options, **kw):
    found = machine.figures(machine.run([*options, *SMALL["options"]], hv=SMALL["hv"], **kw))
    found = {name if name in SMALL_NAMES else name + BESIDE: f for name, f in found.items()}
    check_names(found, SMALL_NAMES)
    return found


def exact(iterations, boot=main_boot):
    """Two runs that must give the same instructions, figure by figure."""
    runs = [boot([f"iterations={iterations}"]) for _ in range(2)]
    differ = [f"{name}: {a[key]} and {b[key]} ({key})"
              for name, a in runs[0].items() for b in [runs[1][name]]
              for key in ("min", "value") if a[key] != b[key]]
    if differ:
        raise machine.BenchError("two runs differ:\n" + "\n".join(differ))
    return runs[0]


def wall(iterations):
    options = [f"iterations={iterations}", "wall"]
    found = {**main_boot(options, icount=False), **small_boot(options, icount=False)}
    # A series of long samples: the least is what the others disturbed least.
    least = {name: {**found[name], "value": found[name]["min"]} for name in FIGURE2}
    return {**{name: found[name] for name in WALL}, **least}


def longest():
    """Instructions with interrupts off, at most, over a run of all cases."""
    lines = machine.run(["iterations=64"], hv="latency=1")
    return machine.counters(lines)["preempt.max_ns"]


def single(name, value, unit, kind, text, counters=None):
    return {"name": name, "arch": ARCH, "value": value, "unit": unit, "kind": kind, "text": text,
            "counters": counters or {}}


def entry(name, f, kind):
    text = {**FIGURES, **FIGURE2}[name.removesuffix(".wall")]
    return {**single(name, f["value"], f["unit"], kind, text, f["counters"]),
            **{k: f[k] for k in ("min", "mean", "max", "samples")}}


def modelled_entries():
    for name, (by_tlb, beside) in figure2.modelled().items():
        for tlb in TLBS:
            suffix = "" if tlb == "today" else f".{tlb}"
            yield single(f"{name}.tlb_misses{suffix}", by_tlb[tlb], "misses", "modelled",
                         f"{FIGURE2[name]}: TLB misses, {TLB_TEXT[tlb]}", beside)


def outside_entries():
    for (processes, pages), p in figure6.measure().items():
        what = f"{processes} processes, {pages} VTLB pages"
        name = f"figure6.{processes}.{pages}"
        beside = {"vtlb.miss": p["misses"], "vtlb.evict": p["evictions"]}
        yield single(f"{name}.misses", p["misses"], "misses", "count", f"{what}: VTLB misses", beside)
        yield single(f"{name}.evictions", p["evictions"], "tables", "count",
                     f"{what}: page tables recycled", beside)
        yield single(f"{name}.cpu_ppm", p["cpu_ppm"], "ppm", "instructions",
                     f"{what}: the miss handler's share of all instructions", beside)
        yield single(f"{name}.per_miss", p["per_miss"], "instructions", "instructions",
                     f"{what}: mean of a miss", beside)
    found = {**figure6.domains(), "preempt.max": longest()}
    for name, text in OUTSIDE.items():
        yield single(name, found[name], "instructions", "instructions", text)


def table2(values):
    """Every cell as a multiple of the load of a mapping, here and there."""
    unit, paper_unit = values[TABLE2_UNIT[0]], TABLE2_UNIT[1]
    for what, (names, theirs) in TABLE2.items():
        for column, name, paper in zip(TABLE2_COLUMNS, names, theirs):
            value = values.get(name)
            yield {"object": what, "operation": column, "figure": name, "value": value, "paper": paper,
                   "ratio": None if value is None else round(value / unit, 2),
                   "paper_ratio": None if paper is None else round(paper / paper_unit, 2)}


def comparisons(values):
    """Ratios: ours over theirs, and of two of ours beside two of one paper."""
    peers = [{"figure": name, "peer": peer, "low": low, "high": high, "value": values[name],
              "ratio": [round(values[name] / high, 2), round(values[name] / low, 2)]}
             for name, peer, low, high in PEERS if name in values]
    papers = [{"figure": f"{a} / {b}", "paper": source, "ratio": round(values[a] / values[b], 2),
               "paper_ratio": round(x / y, 2)} for a, b, source, x, y in PAPERS
              if a in values and b in values]
    return {"peers": peers, "papers": papers, "table2": list(table2(values))}


def ratios(values):
    """Figures that are quotients."""
    for name, text, a, b in WALL_RATIO:
        yield single(name, round(values[a] / values[b], 2), "ratio", "wall", text)


def qemu_version():
    p = subprocess.run(["qemu-system-x86_64", "--version"], stdout=subprocess.PIPE, text=True,
                       check=True)
    return p.stdout.splitlines()[0]


def measure(args):
    found = {**exact(args.iterations), **exact(args.iterations, small_boot)}
    entries = [entry(name, found[name], "instructions") for name in [*FIGURES, *FIGURE2]]
    if not args.no_wall:
        walls = {f"{name}.wall": f for name, f in wall(args.iterations).items()}
        entries += [entry(name, f, "wall") for name, f in walls.items()]
        entries += ratios({name: f["value"] for name, f in walls.items()})
    return [*entries, *modelled_entries(), *outside_entries()]


def full(args):
    entries = measure(args)
    values = {e["name"]: e["value"] for e in entries}
    result = {"command": "make bench", "qemu": qemu_version(), "iterations": args.iterations,
              "figures": entries, "comparisons": comparisons(values)}
    (machine.OUT / "bench.json").write_text(json.dumps(result, indent=1) + "\n")
    text = report.text(result)
    (machine.OUT / "bench.txt").write_text(text)
    for name, svg in plot.all_plots(values).items():
        (machine.OUT / f"{name}.svg").write_text(svg)
    if args.docs:
        report.update(args.docs, result)
    print(text, end="")


def smoke(args):
    options = [f"iterations={args.iterations}"]
    found = {**main_boot(options), **small_boot(options)}
    modelled = list(modelled_entries())
    print(f"bench-smoke: {len(found) + len(modelled)} figures, all there and positive")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--smoke", action="store_true", help="one short run: is every figure there?")
    p.add_argument("--iterations", type=int, help="samples a figure (1000; smoke: 8)")
    p.add_argument("--no-wall", action="store_true", help="no run without -icount")
    p.add_argument("--docs", metavar="FILE", help="rewrite the generated part of this document")
    args = p.parse_args()
    args.iterations = args.iterations or (8 if args.smoke else 1000)
    try:
        smoke(args) if args.smoke else full(args)
    except (machine.BenchError, subprocess.TimeoutExpired) as e:
        sys.exit(f"bench: {e}")


if __name__ == "__main__":
    main()
