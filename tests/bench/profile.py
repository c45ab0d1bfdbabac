#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Where the instructions of a case go: runs it with the plugin that counts them by address,
and prints them by function, or every instruction of some functions (--list)."""
import argparse
import bisect
import collections
import subprocess
import sys

import machine

IMAGES = ("build/x86/hv.elf64", "build/x86/guests/bench.dbg")


def symbols():
    """(address, name, image), sorted."""
    found = []
    for image in IMAGES:
        p = subprocess.run(["nm", str(machine.ROOT / image)], stdout=subprocess.PIPE, text=True,
                           check=True)
        for line in p.stdout.splitlines():
            f = line.split()
            if len(f) == 3 and f[1] in "tT":
                found.append((int(f[0], 16), f[2], image))
    return sorted(found)


def sample(case, iterations):
    """Counts by address, and the number of operations of the case's first figure."""
    out = machine.OUT / "profile.txt"
    plugin = machine.OUT / "profile.so"
    out.unlink(missing_ok=True)
    lines = machine.run([f"iterations={iterations}", f"only={case}", "profile"],
                        qemu_args=["-plugin", f"{plugin},out={out}"])
    if case not in machine.figures(lines):
        raise machine.BenchError(f"no case {case}")
    counts = {int(a, 16): int(n) for a, n in (line.split() for line in out.open())}
    return counts, iterations


def by_function(counts, table, n):
    starts, total = [s[0] for s in table], collections.Counter()
    for address, count in counts.items():
        i = bisect.bisect_right(starts, address) - 1
        _, name, image = table[i] if i >= 0 else (0, "?", IMAGES[-1])
        total[name, "hypervisor" if image == IMAGES[0] else "guest"] += count
    for side in ("hypervisor", "guest"):
        part = [(c / n, name) for (name, s), c in total.most_common() if s == side]
        print(f"{sum(c for c, _ in part):9.1f}  {side}")
        for c, name in part:
            if c >= 0.1:
                print(f"{c:9.1f}    {name}")


def listing(counts, names, n):
    for name in names:
        p = subprocess.run(["objdump", "-d", "--no-show-raw-insn", f"--disassemble={name}",
                            str(machine.ROOT / IMAGES[0])], stdout=subprocess.PIPE, text=True,
                           check=True)
        for line in p.stdout.splitlines():
            address, colon, _ = line.strip().partition(":")
            if not colon or not line.startswith("ffff") or " " in address:
                continue
            count = counts.get(int(address, 16), 0)
            print(f"{count / n:9.2f}  {line}" if count else f"{'':9}  {line}")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("case", help="name of a case, such as ipc.short.large_large")
    p.add_argument("--iterations", type=int, default=200)
    p.add_argument("--list", nargs="*", default=[], metavar="FUNCTION")
    args = p.parse_args()
    try:
        counts, n = sample(args.case, args.iterations)
    except machine.BenchError as e:
        sys.exit(f"profile: {e}")
    by_function(counts, symbols(), n)
    listing(counts, args.list, n)


if __name__ == "__main__":
    main()
