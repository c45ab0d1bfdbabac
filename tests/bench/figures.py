# SPDX-License-Identifier: GPL-2.0-only
"""What the bench guest measures, and with what it is compared. A new case of the guest needs
its figures here: a run fails if the two do not agree."""

WORDS = (0, 1, 2, 3, 8, 16, 32, 64)
PAIRS = {"intra": "within a space", "large_large": "between two large spaces"}


# Taken in a run of their own. Two large spaces again: with segments, and for the ratio.
SMALL_CMDLINE = "small-spaces=unsafe"
SMALL_PAIRS = {
    "small_small": "between two small spaces",
    "small_large": "from a small to a large space",
    "large_small": "from a large to a small space",
    "large_large.limited": "between two large spaces beside small ones",
}


def _short(pairs):
    for pair, where in pairs.items():
        yield f"ipc.short.{pair}", f"short IPC {where}, call, one way"
        yield f"ipc.short.{pair}.reply", f"short IPC {where}, reply and wait, one way"
        yield f"ipc.short.{pair}.round_trip", f"short IPC {where}, there and back"


def _ipc():
    yield from _short(PAIRS)
    for n in WORDS:
        for pair, where in PAIRS.items():
            yield f"ipc.words.{n}.{pair}", f"IPC of {n} words {where}, one way"
    yield "ipc.string.4k.intra", "string of 4 KB within a space, one way"
    yield "ipc.string.4k", "string of 4 KB between two large spaces, one way"


SMALL_GROUP = f"Messages with {SMALL_CMDLINE}: TCG checks no limits, guests are NOT isolated"

# name: what it is. One table in the documents for each group.
GROUPS = {
    "Calls and switches": {
        "hypercall.null": "null hypercall (xen_version)",
        "switch.thread": "switch of threads by yield, within a space",
    },
    "Messages": dict(_ipc()),
    SMALL_GROUP: dict(_short(SMALL_PAIRS)),
    "Mappings": {
        **{f"map.{n}": f"map {n} page{'s' * (n > 1)} by hypercall" for n in (1, 4, 16)},
        **{f"map.ipc.{n}": f"map {n} page{'s' * (n > 1)} by a message, one way" for n in (1, 4, 16)},
        "grant.1": "grant 1 page by hypercall",
        "flush.1": "flush 1 mapping that was never used",
        "flush.1.used": "flush 1 mapping that the TLB may hold",
        "flush.100": "flush 100 mappings of one page",
        "flush.10000": "flush 10,000 mappings of one page",
    },
    "Faults and traps": {
        "fault.user_pager": "page fault resolved by a pager in another space, all told",
        "fault.user_pager.hypervisor": "the same without the pager's own code (its stub counts)",
        "fault.user_pager.buffer": "the same by a pager that has a message buffer",
        "fault.user_pager.buffer.hypervisor": "the same without the pager's own code",
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
        "unload.space": "unload an empty space",
        "load.thread": "load a stopped thread",
        "unload.thread": "unload it",
    },
}
SMALL = GROUPS[SMALL_GROUP]
FIGURES = {name: text for group in GROUPS.values() for name, text in group.items()}

# Also taken in a run without -icount: nanoseconds on this host, under NAME.wall.
WALL = (
    "hypercall.null", "switch.thread",
    *(f"ipc.short.{pair}{what}" for pair in (*PAIRS, *SMALL_PAIRS) for what in ("", ".round_trip")),
    "ipc.string.4k", "map.1", "flush.1.used", "fault.user_pager", "fault.vtlb_miss", "trap.ipc",
    "trap.forwarded", "event.upcall", "event.ipc", "event.interdomain.round_trip",
)

# Of two wall times in one run: name, text, numerator, denominator.
WALL_RATIO = (
    ("ipc.short.large_by_small.wall", "short IPC, large spaces beside small ones / small ones",
     "ipc.short.large_large.limited.wall", "ipc.short.small_small.wall"),
)

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
    ("ipc.short.small_small", "L4Ka::Pistachio, small spaces, with stub, same QEMU", 128, 143),
    ("ipc.short.small_small.wall", "L4Ka::Pistachio, small spaces, ns under TCG, another run", 647, 647),
    ("ipc.short.large_by_small.wall", "L4Ka::Pistachio, the same ratio", 6.04, 6.04),
    ("ipc.short.large_large.wall", "L4Ka::Pistachio, ns under TCG, another run", 3910, 3910),
)

# Two operations of one paper, as (numerator, denominator, source, its numerator, denominator).
PAPERS = (
    ("fault.user_pager", "trap.ipc", "Cache Kernel 5.3: page fault 99 µs, trap 37 µs", 99, 37),
    ("load.thread", "map.1", "Cache Kernel table 2: load of thread 113 µs, of mapping 45 µs", 113, 45),
    ("load.space", "map.1", "Cache Kernel table 2: load of space 101 µs, of mapping 45 µs", 101, 45),
    ("flush.1.used", "map.1", "Cache Kernel table 2: unload of mapping 160 µs, load 45 µs", 160, 45),
    ("unload.thread", "load.thread", "Cache Kernel table 2: unload of thread 206 µs, load 113 µs",
     206, 113),
    ("unload.space", "load.space", "Cache Kernel table 2: unload of space 152 µs, load 101 µs",
     152, 101),
)
