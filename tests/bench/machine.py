# SPDX-License-Identifier: GPL-2.0-only
"""Runs the bench guest through build/tagma, reads what it prints and what the plugin counts."""
import os
import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TAGMA = ROOT / "build" / "tagma"
OUT = ROOT / "build" / "bench"
LIMIT = 600

CONFIG = '''name = "{name}"
kernel = "{root}/build/x86/guests/bench.elf"
memory = 16
priority = 100
cmdline = "{options}"
'''
# Domains of the boot image are numbered in their order, from 1.
BENCH_DOMID, ECHO_DOMID = 1, 2
FIGURE = re.compile(r"figure (\S+) (instructions|ns) n=(\d+) min=(\d+) median=(\d+) "
                    r"mean=([\d.]+) max=(\d+) ops=(\d+)(.*)")


class BenchError(Exception):
    pass


def run(options, icount=True, qemu_args=(), hv=""):
    """The guest's lines. It starts to measure when it gets a line of input, so that what the
    host does to attach the console comes before."""
    OUT.mkdir(parents=True, exist_ok=True)
    # Sockets want short paths.
    with tempfile.TemporaryDirectory(prefix="tg") as rundir:
        cfgs = []
        for name, opts in (("bench", [*options, f"echo={ECHO_DOMID}"]),
                           ("echo", [f"peer={BENCH_DOMID}"])):
            cfgs.append(pathlib.Path(rundir) / f"{name}.cfg")
            cfgs[-1].write_text(CONFIG.format(name=name, root=ROOT, options=" ".join(opts)))
        cmd = [str(TAGMA), "run", *(["--icount"] if icount else []),
               *(["--cmdline", hv] if hv else [])]
        for arg in qemu_args:
            cmd += ["--qemu-arg", str(arg)]
        p = subprocess.run([*cmd, *map(str, cfgs)], input="\n", env=dict(os.environ, LC_ALL="C",
                           TAGMA_RUNTIME_DIR=rundir), stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True, errors="replace", timeout=LIMIT)
    lines = p.stdout.replace("\r", "").splitlines()
    if p.returncode or "bench done" not in lines:
        raise BenchError(f"the guest failed (exit {p.returncode}):\n"
                         + "\n".join([*lines[-5:], p.stderr]))
    return lines


def symbol(name):
    """Where the hypervisor has it."""
    p = subprocess.run(["nm", str(ROOT / "build/x86/hv.elf64")], stdout=subprocess.PIPE, text=True,
                       check=True)
    found = [line.split()[0] for line in p.stdout.splitlines() if line.split()[-1] == name]
    if len(found) != 1:
        raise BenchError(f"the hypervisor has {len(found)} symbols {name}")
    return found[0]


def jump(function, to):
    """Where the hypervisor's function goes on in another one, by its only jump or call to it."""
    p = subprocess.run(["objdump", "-d", "--no-show-raw-insn", f"--disassemble={function}",
                        str(ROOT / "build/x86/hv.elf64")], stdout=subprocess.PIPE, text=True,
                       check=True)
    found = re.findall(rf"^\s*([0-9a-f]+):\s+(?:jmp|call)\s.*<{to}>$", p.stdout, re.MULTILINE)
    if len(found) != 1:
        raise BenchError(f"{function} has {len(found)} jumps to {to}")
    return found[0]


def plugin(out, *options):
    """QEMU's arguments for the plugin that models and counts; hv/arch/x86's asm/layout.h has these
    addresses."""
    pathlib.Path(out).unlink(missing_ok=True)
    fixed = ("hv=ffff800000000000", "image=ffff82d080000000", "direct=ffff830000000000")
    return ["-plugin", ",".join([str(OUT / "model.so"), f"out={out}", *fixed, *options])]


def plugin_lines(out):
    """What it wrote: for each interval and for the whole run (last) name -> number."""
    lines = pathlib.Path(out).read_text().splitlines()
    if not lines or not lines[-1].startswith("total "):
        raise BenchError(f"{out}: the plugin did not end")
    return [{k: int(v) for k, v in (f.split("=") for f in line.split() if "=" in f)}
            for line in lines]


def windows(lines, counted):
    """The guest's names of the intervals, with what the plugin counted."""
    names = [line.split()[2] for line in lines if line.startswith("window ")]
    if len(names) != len(counted) - 1:
        raise BenchError(f"{len(names)} intervals of the guest, {len(counted) - 1} of the plugin")
    return dict(zip(names, counted))


def counters(lines):
    """The hypervisor's, at the end."""
    return {name: int(value) for _, name, value in
            (line.split() for line in lines if re.fullmatch(r"counter \S+ \d+", line))}


def figures(lines):
    """name -> what its line says; counters are per operation."""
    found = {}
    for line in lines:
        m = FIGURE.fullmatch(line)
        if not m:
            continue
        name, unit, n, low, median, mean, high, ops, counters = m.groups()
        per_op = dict(c.split("=") for c in counters.split())
        found[name] = {
            "unit": unit, "samples": int(n), "min": int(low), "value": int(median),
            "mean": float(mean), "max": int(high),
            "counters": {k: round(int(v) / int(ops), 4) for k, v in per_op.items()},
        }
    return found
