# SPDX-License-Identifier: GPL-2.0-only
"""What the bench guest measures, and with what it is compared. A new case of the guest needs
its figures here: a run fails if the two do not agree."""

PAGES = (1, 2, 4, 8, 16)
WORDS = (0, 1, 2, 3, 8, 16, 32, 64)
# Two boots: one as it comes, one whose hypervisor has small spaces (a measurement: limits hold
# nobody here). What both measure has, from the second one, a suffix.
PAIRS = {"intra": "within a space", "large_large": "between two large spaces"}
SMALL_PAIRS = {"small_small": "between two small spaces",
               "small_large": "from a small to a large space"}
SHORT_SMALL_PAIRS = {**SMALL_PAIRS, "large_small": "from a large to a small space"}
SMALL_CMDLINE = "small-spaces=unsafe"
BESIDE = ".beside_small"


def _short(pairs):
    for pair, where in pairs.items():
        yield f"ipc.short.{pair}", f"short IPC {where}, call, one way"
        yield f"ipc.short.{pair}.reply", f"short IPC {where}, reply and wait, one way"
        yield f"ipc.short.{pair}.round_trip", f"short IPC {where}, there and back"


def _ipc(pairs):
    for n in WORDS:
        for pair, where in pairs.items():
            yield f"ipc.words.{n}.{pair}", f"IPC of {n} words {where}, one way"
    for pair, where in pairs.items():
        yield f"ipc.string.4k.{pair}", f"string of 4 KB {where}, one way"


def _beside():
    """Names as the guest of the second boot has them, with the suffix behind all."""
    for name, text in (*_short(PAIRS), *_ipc(PAIRS)):
        yield name + BESIDE, f"{text}, where there are small ones"


SMALL_GROUP = f"Messages with {SMALL_CMDLINE}: TCG checks no limits, guests are NOT isolated"

# name: what it is. One table in the documents for each group.
GROUPS = {
    "Calls and switches": {
        "hypercall.null": "null hypercall (xen_version)",
        "switch.thread": "switch of threads by yield, within a space",
    },
    "Messages": dict((*_short(PAIRS), *_ipc(PAIRS))),
    SMALL_GROUP: dict((*_short(SHORT_SMALL_PAIRS), *_ipc(SMALL_PAIRS), *_beside())),
    "Mappings": {
        **{f"map.{n}": f"map {n} page{'s' * (n > 1)} by hypercall" for n in PAGES},
        **{f"map.ipc.{n}": f"map {n} page{'s' * (n > 1)} by a message, one way" for n in PAGES},
        "grant.1": "grant 1 page by hypercall",
        "flush.1": "flush 1 mapping that was never used",
        "flush.1.used": "flush 1 mapping that the TLB may hold",
        "flush.100": "flush 100 mappings of one page",
        "flush.10000": "flush 10,000 mappings of one page",
    },
    "Faults and traps": {
        "fault.user_pager": "page fault resolved by a pager in another space, all told",
        "fault.user_pager.hypervisor": "the same without the pager's own code (its stub counts)",
        "fault.user_pager.entry": "the way to the pager alone",
        "fault.user_pager.resume": "the pager's reply: map the page and resume",
        "fault.user_pager.buffer": "the same by a pager that has a message buffer",
        "fault.user_pager.buffer.hypervisor": "the same without the pager's own code",
        "fault.user_pager.buffer.entry": "the way to that pager alone",
        "fault.user_pager.buffer.resume": "its reply: map the page and resume",
        "fault.vtlb_miss": "page that is mapped but not in the hardware's tables",
        "trap.ipc": "int 0x80 to a handler by IPC and back",
        "trap.ipc.entry": "the way to the handler alone",
        "trap.ipc.registers": "the same, all registers sent back",
        "trap.ipc.registers.entry": "the way to the handler alone",
        "trap.forwarded": "int 0x80 forwarded to the guest kernel's entry and back",
        "trap.forwarded.entry": "the way to the handler in C alone",
    },
    "Events": {
        "event.upcall": "event channel, send to upcall handler in C",
        "event.upcall.round_trip": "the same until the sender goes on",
        "event.ipc": "event channel, send to a waiting thread's message",
        "event.interdomain.round_trip": "event to another domain that waits, and back",
        "signal.deliver": "address-valued signal to a waiting thread of another space",
        "signal.deliver.round_trip": "the same, answered by a signal",
    },
    "Objects": {
        "load.space": "load a space",
        "load.space.writeback": "the same, which writes another one back",
        "unload.space": "unload an empty space",
        "load.thread": "load a stopped thread",
        "load.thread.writeback": "the same, which writes another one back",
        "unload.thread": "unload it",
        "map.1.writeback": "map 1 page, which replaces another mapping",
    },
}
FIGURES = {name: text for group in GROUPS.values() for name, text in group.items()}

# Also taken in a run without -icount: nanoseconds on this host, under NAME.wall.
WALL = (
    "hypercall.null", "switch.thread",
    *(f"ipc.short.{pair}{what}" for pair in PAIRS for what in ("", ".round_trip")),
    *(f"ipc.short.{pair}{what}" for pair in SHORT_SMALL_PAIRS for what in ("", ".round_trip")),
    *(f"ipc.short.{pair}{what}{BESIDE}" for pair in PAIRS for what in ("", ".round_trip")),
    "ipc.string.4k.large_large", "ipc.string.4k.small_small",
    "map.1", "flush.1.used", "fault.user_pager", "fault.vtlb_miss", "trap.ipc",
    "trap.forwarded", "event.upcall", "event.ipc", "event.interdomain.round_trip",
)

# Of two wall times in one run: name, text, numerator, denominator.
WALL_RATIO = (
    ("ipc.short.large_by_small.wall", "short IPC, large spaces beside small ones / small ones",
     f"ipc.short.large_large{BESIDE}.wall", "ipc.short.small_small.wall"),
)

# Counted by the plugin while the machine runs something else (figure6.py), or by the hypervisor.
OUTSIDE = {
    "load.domain": "create a domain, without memory",
    "unload.domain": "destroy a domain of 4 MB that never ran, all steps, frame by frame",
    "preempt.max": "longest time with interrupts off, in a run of all cases (latency=1)",
}

# Figure 2 of the L4 paper: calls of an application whose working set has so many pages, to a
# server in a small or another large space. The modelled TLBs: name -> the plugin's arguments.
FIGURE2_PAGES = (0, 1, 2, 4, 8, 12, 16, 24, 32, 40, 48, 56, 64)
FIGURE2_KINDS = ("small", "large")
FIGURE2 = {f"figure2.{kind}.{n}":
           f"round trip to a server in a {kind} space, caller's working set {n} pages"
           for n in FIGURE2_PAGES for kind in FIGURE2_KINDS}
TLBS = {"today": ("today:1536:12",), "pentium": ("pentiumi:32:4:i", "pentiumd:64:4:d")}
TLB_TEXT = {"today": "1536 entries, 12-way, instructions and data in one",
            "pentium": "32 entries for instructions and 64 for data, 4-way (the paper's machine)"}

# The same operation elsewhere: (figure, system and conditions, lowest, highest).
PEERS = (
    ("ipc.short.large_large", "L4Ka::Pistachio, hand-written path, with stub, same QEMU", 100, 111),
    ("ipc.short.large_large", "L4Ka::Pistachio, C path, with stub, same QEMU", 221, 231),
    ("ipc.short.large_large", "seL4 x86-64, call, kernel alone, by disassembly", 218, 218),
    ("ipc.short.large_large.reply", "seL4 x86-64, reply and wait, kernel alone, by disassembly",
     262, 262),
    ("ipc.short.large_large", "NOVA, about, the first of its two figures, taken as call", 155, 155),
    ("ipc.short.large_large.reply", "NOVA, about, the second of its two figures, taken as reply", 120, 120),
    ("ipc.short.large_large", "L4Re, published, between spaces", 613, 613),
    ("ipc.short.small_small", "L4Ka::Pistachio, between small spaces, with stub, same QEMU", 128, 143),
    ("ipc.short.small_small.wall", "L4Ka::Pistachio, small spaces, ns under TCG, another run", 647, 647),
    ("ipc.short.large_by_small.wall", "L4Ka::Pistachio, the same ratio", 6.04, 6.04),
    ("hypercall.null", "L4 on a 486, kernel call, cycles: not instructions", 123, 180),
    ("ipc.short.large_large.round_trip", "L4 on a 486, RPC of 8 bytes, 500 cycles: not instructions",
     500, 500),
    ("preempt.max", "Rialto section 4, longest mutation, 506 µs at 75 MHz, cycles: not instructions",
     37950, 37950),
    ("ipc.short.large_large.wall", "L4Ka::Pistachio, ns under TCG, another run", 3910, 3910),
)

# Table 2 of the Cache Kernel paper: object -> our figures and its microseconds to load, to load
# with a writeback, and to unload. None: nothing of ours is that.
TABLE2 = {
    "mapping": (("map.1", "map.1.writeback", "flush.1.used"), (45, 145, 160)),
    "mapping, thread resumed": (("fault.user_pager.resume", None, None), (67, 167, None)),
    "thread": (("load.thread", "load.thread.writeback", "unload.thread"), (113, 489, 206)),
    "space": (("load.space", "load.space.writeback", "unload.space"), (101, 229, 152)),
    "kernel: domain": (("load.domain", None, "unload.domain"), (244, 291, 80)),
}
TABLE2_COLUMNS = ("load", "with writeback", "unload")
TABLE2_UNIT = ("map.1", 45)  # what the ratios are to: the load of a mapping

# Two of our figures beside two of one paper: (numerator, denominator, source, its numerator,
# its denominator), by row of the papers' features.
PAPERS = (
    ("ipc.short.large_large", "hypercall.null",
     "L4 section 4 and table 2, on the 486: one way 250 cycles, kernel call 123 to 180, here 180",
     250, 180),
    ("figure2.large.64.tlb_misses", "figure2.large.0.tlb_misses",
     "L4 table 1, Pentium: a switch of page tables costs 36 to 1,196 cycles as the working set grows",
     1196, 36),
    ("ipc.words.3.large_large", "ipc.words.0.large_large",
     "L4Linux table 6, Alpha: IPC 45 cycles, control transfer alone 38", 45, 38),
    ("fault.user_pager", "trap.ipc", "Cache Kernel 5.3: page fault 99 µs, trap 37 µs", 99, 37),
    ("fault.user_pager.entry", "fault.user_pager",
     "Cache Kernel 5.3: transfer to the application kernel 32 of a fault's 99 µs", 32, 99),
    ("signal.deliver", "trap.ipc", "Cache Kernel 5.3: signal 44 µs, trap 37 µs", 44, 37),
    ("signal.deliver.round_trip", "signal.deliver",
     "Cache Kernel 5.3: signal and return from its handler 71 µs, delivery 44 µs", 71, 44),
    ("figure6.10.64.misses", "figure6.10.256.misses",
     "Rialto section 4: 175 misses a second with 64 pages, 92 unbounded, 10 processes", 175, 92),
    ("figure6.10.64.cpu_ppm", "figure6.10.256.cpu_ppm",
     "Rialto section 4: 0.82 % of the CPU with 64 pages, 0.37 % unbounded, 10 processes", 82, 37),
    ("figure6.10.64.per_miss", "figure6.10.256.per_miss",
     "Rialto section 4: 47 µs a miss with 64 pages, 41 µs unbounded, 10 processes", 47, 41),
)
