# SPDX-License-Identifier: GPL-2.0-only
"""Short IPC: the hand-written path does to each random sequence what the general one does,
whatever instruction enters the hypervisor and whatever kinds of spaces there are. And what it costs."""
import re
import sys

import pytest

import bochs
from conftest import BUILD, ROOT, plain
from test_toolstack import domains, wait_for

sys.path.insert(0, str(ROOT / "tests" / "bench"))
import machine as bench  # noqa: E402
from figures import SMALL_CMDLINE  # noqa: E402

SYSENTER = ("--qemu-arg", "-cpu", "--qemu-arg", "max,-smap,-smep,vendor=GenuineIntel")


def config(tmp_path, seed, fast, ops=60000, more=""):
    cfg = tmp_path / f"ipc{seed}{fast}.cfg"
    cfg.write_text(f'name = "ipc"\nkernel = "{BUILD}/guests/test-ipc.elf"\nmemory = 8\n'
                   f'cmdline = "fast={fast} seed={seed} ops={ops} {more}"\n'
                   'on_poweroff = "preserve"\non_crash = "preserve"\n')
    return cfg


def outcome(cli, tmp_path, seed, fast, *how):
    return hash_of(plain(cli("run", *how, config(tmp_path, seed, fast), check=False).stdout))


def hash_of(out):
    assert "not ok" not in out, out
    m = re.search(r"ipc hash (\w+) of (\d+) operations", out)
    assert m, out
    return m.groups()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_same_outcome(cli, tmp_path, seed):
    general = outcome(cli, tmp_path, seed, 0, "--cmdline", "ipc-fast=off")
    assert outcome(cli, tmp_path, seed, 1) == general
    assert outcome(cli, tmp_path, seed, 1, "--cmdline", "entry=int") == general
    assert outcome(cli, tmp_path, seed, 1, *SYSENTER) == general
    for entry in ((), SYSENTER):
        small = outcome(cli, tmp_path, seed, 1, "--cmdline", "small-spaces=unsafe", *entry)
        assert small == general


@pytest.mark.parametrize("options", ["pcid=on", "pcid=off", "pcid=on small-spaces=off"])
def test_same_outcome_in_bochs(cli, tmp_path, options):
    """Where limits and tags are real. Its processor has sysenter."""
    general = outcome(cli, tmp_path, 1, 0, "--cmdline", "ipc-fast=off")
    iso = bochs.make_iso(tmp_path, options, config(tmp_path, 1, 1, more="log"))
    text = bochs.run(tmp_path, iso, r"domain 1 shut down|PANIC", limit=400)
    assert ("tags: PCID" if "pcid=on" in options else "tags: none") in text
    assert f"small spaces: {'off' if 'small-spaces=off' in options else 'on'}" in text
    assert hash_of(text) == general


def measured(only, *options, **kw):
    return bench.figures(bench.run([f"only={only}", *options], **kw))


def measured_small(*options, **kw):
    return measured("ipc.short.", "small", *options, hv=SMALL_CMDLINE, **kw)


def test_cost_in_instructions():
    """User to user with the stub, each way; the figures are exact (docs/benchmarks.md)."""
    flat = measured("ipc.short.", "iterations=64")
    small = measured_small("iterations=64")
    for found in (flat, small):
        for way in ("", ".reply"):
            f = found[f"ipc.short.large_large{way}"]
            assert f["value"] <= 100, (found is small, way, f)
            assert f["counters"]["switch.cr3_load"] == 1
    for name in ("small_small", "small_large", "large_small"):
        for way in ("", ".reply"):
            f = small[f"ipc.short.{name}{way}"]
            assert f["value"] <= 110, (name, way, f)
            assert f["counters"]["switch.small"] == 1
            assert "switch.cr3_load" not in f["counters"], "none at all"
    null = measured("hypercall.null", "iterations=64")["hypercall.null"]
    assert null["value"] <= 40


def test_wall_time_of_small_spaces():
    """Both kinds in one run, and medians: a busy host slows both."""
    found = measured_small("iterations=1000", "wall", icount=False)
    ratio = found["ipc.short.large_large"]["value"] / found["ipc.short.small_small"]["value"]
    assert ratio >= 5, found


def test_invariants_afterwards(machine, tmp_path):
    machine("create", config(tmp_path, 9, 1))
    wait_for("end of ipc", lambda: domains(machine)["ipc"]["state"][3] == "s", 120)
    machine("check")
    assert "not ok" not in plain(machine("console", "--dump", "ipc").stdout)
    machine("destroy", "ipc")
    machine("check")
