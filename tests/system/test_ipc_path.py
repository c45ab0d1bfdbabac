# SPDX-License-Identifier: GPL-2.0-only
"""Short IPC: the hand-written path does to each random sequence what the general one does,
whatever instruction enters the hypervisor."""
import re

import pytest

from conftest import BUILD, plain
from test_toolstack import domains, wait_for

SYSENTER = ("--qemu-arg", "-cpu", "--qemu-arg", "max,-smap,-smep,vendor=GenuineIntel")


def config(tmp_path, seed, fast, ops=60000):
    cfg = tmp_path / f"ipc{seed}{fast}.cfg"
    cfg.write_text(f'name = "ipc"\nkernel = "{BUILD}/guests/test-ipc.elf"\nmemory = 8\n'
                   f'cmdline = "fast={fast} seed={seed} ops={ops}"\n'
                   'on_poweroff = "preserve"\non_crash = "preserve"\n')
    return cfg


def outcome(cli, tmp_path, seed, fast, *how):
    out = plain(cli("run", *how, config(tmp_path, seed, fast), check=False).stdout)
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


def test_invariants_afterwards(machine, tmp_path):
    machine("create", config(tmp_path, 9, 1))
    wait_for("end of ipc", lambda: domains(machine)["ipc"]["state"][3] == "s", 120)
    machine("check")
    assert "not ok" not in plain(machine("console", "--dump", "ipc").stdout)
    machine("destroy", "ipc")
    machine("check")
