# SPDX-License-Identifier: GPL-2.0-only
"""What is counted from outside, by the plugin: figure 6 of the Rialto paper (misses of the VTLB
against its size, with linuxlike at work), and what creating and destroying a domain costs."""
import json
import os
import pathlib
import subprocess
import tempfile

import machine

PAGES = (16, 24, 32, 48, 64, 96, 128, 256)
# A pipeline of so many processes; each takes turns with its neighbours.
WORK = {
    3: "seq 1 30000 | sed 's/7/seven/' | md5sum",
    10: "seq 1 8000 | tr 0-9 a-j | sed s/a/b/ | rev | cut -c1-4 | grep -v zz | awk '{print $1 NR}' "
        "| cat | sort | md5sum",
}


def _tagma(rundir, *args, **kw):
    p = subprocess.run([str(machine.TAGMA), *map(str, args)], cwd=machine.ROOT,
                       env=dict(os.environ, LC_ALL="C", TAGMA_RUNTIME_DIR=str(rundir)),
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       text=True, errors="replace", timeout=machine.LIMIT, **kw)
    if p.returncode:
        raise machine.BenchError(f"tagma {args[0]}: exit {p.returncode}\n{p.stdout}{p.stderr}")
    return p.stdout


def _linuxlike(directory, script):
    """A config whose init is this script."""
    boot, cpio, cfg = directory / "boot.sh", directory / "initramfs.cpio", directory / "lx.cfg"
    boot.write_text(f"#!/bin/sh\n{script}\npoweroff -f\n")
    boot.chmod(0o755)
    subprocess.run([machine.ROOT / "scripts/add-to-cpio.sh",
                    machine.ROOT / "build/x86/initramfs.cpio", cpio, "root", boot], check=True)
    cfg.write_text(f'name = "lx"\nkernel = "{machine.ROOT}/build/x86/guests/linuxlike.elf"\n'
                   f'ramdisk = "{cpio}"\nmemory = 64\ncmdline = "init=/root/boot.sh"\n')
    return cfg


def _watched(directory, watches, hv, cfgs, during):
    """Boots with these instructions watched; what during() returns, and the plugin's counts."""
    out = directory / "watch.txt"
    args = machine.plugin(out, f"boot={machine.symbol('arch_vtlb_enter')}", *(f"watch={n}:{at}" for n, at in watches.items()))
    _tagma(directory, "up", "--icount", *(["--cmdline", hv] if hv else []),
           *(x for a in args for x in ("--qemu-arg", a)), *cfgs)
    try:
        result = during()
    finally:
        _tagma(directory, "down")
    return result, machine.plugin_lines(out)[-1]


def point(processes, pages):
    """One run: misses and recycled tables, and the miss handler's share of all instructions since
    the first guest touched its first page."""
    with tempfile.TemporaryDirectory(prefix="tg") as d:
        directory = pathlib.Path(d)
        cfg = _linuxlike(directory, WORK[processes])

        def during():
            if "poweroff" not in _console(directory):
                raise machine.BenchError(f"{processes} processes with {pages} pages did not end well")
            return json.loads(_tagma(directory, "info", "--json"))["counters"]

        # The way of a miss: entries are made by answers to faults as well.
        miss = machine.jump("vtlb_miss", "arch_vtlb_enter")
        counters, counted = _watched(directory, {"miss": miss}, f"vtlb-pages={pages}", [cfg], during)
    stays, spent = counted["miss.stays"], counted["miss.instructions"]
    return {"misses": counters["vtlb.miss"], "evictions": counters["vtlb.evict"],
            "cpu_ppm": round(1e6 * spent / counted["all.instructions"]),
            "per_miss": round(spent / stays), "stays": stays}


def _console(directory):
    """Until the domain has ended; how."""
    p = subprocess.run([str(machine.TAGMA), "console", "lx"], cwd=machine.ROOT,
                       env=dict(os.environ, LC_ALL="C", TAGMA_RUNTIME_DIR=str(directory)),
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True, errors="replace", timeout=machine.LIMIT)
    return p.stdout


def measure(pages=PAGES):
    return {(n, p): point(n, p) for n in WORK for p in pages}


DOMAINS = 4


def domains():
    """Instructions of the hypervisor to create a domain without memory, and to destroy one of 1 MB
    that never ran, steps added up."""
    with tempfile.TemporaryDirectory(prefix="tg") as d:
        directory = pathlib.Path(d)
        names = [f"d{i}" for i in range(DOMAINS)]
        cfgs = []
        for name in names:
            cfgs.append(directory / f"{name}.cfg")
            cfgs[-1].write_text(f'name = "{name}"\nmemory = 4\npriority = 50\ncmdline = "peer=0"\n'
                                f'kernel = "{machine.ROOT}/build/x86/guests/bench.elf"\n')

        def during():
            for name in names:
                _tagma(directory, "destroy", name)
            return None

        watches = {"create": machine.symbol("domain_create_as"),
                   "destroy": machine.symbol("domain_destroy")}
        _, counted = _watched(directory, watches, "", cfgs, during)
    if counted["create.stays"] != DOMAINS:
        raise machine.BenchError(f"{counted['create.stays']} domains were created, not {DOMAINS}")
    return {"load.domain": round(counted["create.instructions"] / DOMAINS),
            "unload.domain": round(counted["destroy.instructions"] / DOMAINS)}
