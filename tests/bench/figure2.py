# SPDX-License-Identifier: GPL-2.0-only
"""Figure 2 of the L4 paper: what a call costs an application with a working set, by segments and
by page tables. Wall time and instructions come with the other figures; the TLBs are modelled."""
import machine
from figures import FIGURE2, SMALL_CMDLINE, TLBS

ROUNDS = 64  # calls of an interval: guests/bench/case_rpc.c


def modelled():
    """name -> ({TLB: misses a call}, what is counted beside). The application alone is taken off."""
    out = machine.OUT / "figure2.txt"
    args = [f"tlb={tlb}" for parts in TLBS.values() for tlb in parts]
    lines = machine.run(["iterations=1", "only=figure2.", "small", "model"],
                        qemu_args=machine.plugin(out, *args), hv=SMALL_CMDLINE)
    found = machine.windows(lines, machine.plugin_lines(out))

    def misses(window, tlb):
        return sum(found[window][f"{part.split(':')[0]}.flushed"] for part in TLBS[tlb])

    for name in FIGURE2:
        if found[name]["cr3.unknown"]:
            raise machine.BenchError(f"{name}: the model could not tell which space CR3 was loaded for")
    return {name: ({tlb: (misses(name, tlb) - misses(f"{name}.alone", tlb)) / ROUNDS for tlb in TLBS},
                   {"switch.cr3_load": found[name]["cr3.loads"] / ROUNDS})
            for name in FIGURE2}
