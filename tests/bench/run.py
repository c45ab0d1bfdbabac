#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Benchmarks: build/bench/bench.json, a table and plots, and the generated part of
docs/benchmarks.md. Figures in instructions are exact: they are taken twice and must agree."""
import argparse
import json
import subprocess
import sys

import machine
import plot
import report
from figures import FIGURES, PAPERS, PEERS, SMALL, SMALL_CMDLINE, WALL, WALL_RATIO

ARCH = "x86"


def check_names(found):
    missing, unknown = FIGURES.keys() - found.keys(), found.keys() - FIGURES.keys()
    bad = [name for name in found if found[name]["value"] <= 0 or found[name]["min"] <= 0]
    for names, what in ((missing, "missing"), (unknown, "not in figures.py"), (bad, "not positive")):
        if names:
            raise machine.BenchError(f"figures {what}: {', '.join(sorted(names))}")


def small(options, icount=True):
    """Of the run with small spaces, which this CPU's want of limits makes unsafe."""
    found = machine.figures(machine.run([*options, "only=ipc.short."], icount=icount,
                                        cmdline=SMALL_CMDLINE))
    found = {name.replace("large_large", "large_large.limited"): f for name, f in found.items()}
    return {name: f for name, f in found.items() if name in SMALL}


def once(options, icount=True):
    found = machine.figures(machine.run(options, icount=icount)) | small(options, icount)
    check_names(found)
    return found


def exact(iterations):
    """Two runs that must give the same instructions, figure by figure."""
    runs = [once([f"iterations={iterations}"]) for _ in range(2)]
    differ = [f"{name}: {a[key]} and {b[key]} ({key})"
              for name, a in runs[0].items() for b in [runs[1][name]]
              for key in ("min", "value") if a[key] != b[key]]
    if differ:
        raise machine.BenchError("two runs differ:\n" + "\n".join(differ))
    return runs[0]


def wall(iterations):
    found = once([f"iterations={iterations}", "wall"], icount=False)
    return {f"{name}.wall": found[name] for name in WALL}


def entry(name, f, kind):
    text = FIGURES[name.removesuffix(".wall")]
    return {"name": name, "arch": ARCH, "value": f["value"], "unit": f["unit"], "kind": kind,
            "text": text, **{k: f[k] for k in ("min", "mean", "max", "samples", "counters")}}


def comparisons(values):
    """Ratios: ours over theirs, and of two of ours beside two of one paper."""
    peers = [{"figure": name, "peer": peer, "low": low, "high": high, "value": values[name],
              "ratio": [round(values[name] / high, 2), round(values[name] / low, 2)]}
             for name, peer, low, high in PEERS if name in values]
    papers = [{"figure": f"{a} / {b}", "paper": source, "ratio": round(values[a] / values[b], 2),
               "paper_ratio": round(x / y, 2)} for a, b, source, x, y in PAPERS]
    return {"peers": peers, "papers": papers}


def ratios(values):
    """Figures that are quotients, in the form of the others."""
    for name, what, a, b in WALL_RATIO:
        x = round(values[a] / values[b], 2)
        yield {"name": name, "arch": ARCH, "value": x, "unit": "ratio", "kind": "wall",
               "text": what, "min": x, "mean": x, "max": x, "samples": 1, "counters": {}}


def qemu_version():
    p = subprocess.run(["qemu-system-x86_64", "--version"], stdout=subprocess.PIPE, text=True,
                       check=True)
    return p.stdout.splitlines()[0]


def full(args):
    found = exact(args.iterations)
    entries = [entry(name, found[name], "instructions") for name in FIGURES]
    if not args.no_wall:
        walls = wall(args.iterations)
        entries += [entry(name, f, "wall") for name, f in walls.items()]
        entries += ratios({name: f["value"] for name, f in walls.items()})
    values = {e["name"]: e["value"] for e in entries}
    result = {"command": "make bench", "qemu": qemu_version(), "iterations": args.iterations,
              "figures": entries, "comparisons": comparisons(values)}
    (machine.OUT / "bench.json").write_text(json.dumps(result, indent=1) + "\n")
    text = report.text(result)
    (machine.OUT / "bench.txt").write_text(text)
    (machine.OUT / "operations.svg").write_text(plot.operations(values))
    (machine.OUT / "words.svg").write_text(plot.words(values))
    if args.docs:
        report.update(args.docs, result)
    print(text, end="")


def smoke(args):
    found = once([f"iterations={args.iterations}"])
    print(f"bench-smoke: {len(found)} figures, all there and positive")


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
