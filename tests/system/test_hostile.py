# SPDX-License-Identifier: GPL-2.0-only
"""A hostile guest beside two others: it can harm neither them nor the hypervisor."""
import re

from conftest import BUILD, plain
from test_toolstack import domains, wait_for


def hostile(m, tmp_path, name, cmdline):
    cfg = tmp_path / f"{name}.cfg"
    cfg.write_text(f'name = "{name}"\nkernel = "{BUILD}/guests/hostile.elf"\nmemory = 16\n'
                   f'cmdline = "{cmdline}"\non_poweroff = "preserve"\non_crash = "preserve"\n')
    m("create", cfg)
    wait_for(f"end of {name}", lambda: domains(m)[name]["state"][3] == "s"
             or domains(m)[name]["state"][4] == "c", 120)
    out = plain(m("console", "--dump", name).stdout)
    crashed = domains(m)[name]["state"][4] == "c"
    m("destroy", name)
    return out, crashed


def test_directed(machine, tmp_path):
    """Every error that the ABI promises, one by one."""
    out, crashed = hostile(machine, tmp_path, "directed", "count=0")
    assert not crashed
    assert "not ok" not in out, out
    assert len(re.findall(r"^ok \d+", out, re.M)) >= 40, out


def test_hundred_thousand_random_hypercalls(machine, tmp_path):
    free = machine.json("info")["free_memory_kb"]
    others = {n: domains(machine)[n]["time_ns"] for n in ("linuxlike", "rtos")}
    out, crashed = hostile(machine, tmp_path, "hostile", "count=100000 seed=1")
    assert not crashed
    assert re.search(r"hostile: 100000 hypercalls, seed 1, done", out), out[-2000:]
    wait_for("memory", lambda: machine.json("info")["free_memory_kb"] == free)
    machine("check")
    wait_for("rtos running", lambda: domains(machine)["rtos"]["time_ns"] > others["rtos"])
    t = machine.spawn("console", "linuxlike")
    t.send("\recho still $((40 + 2))\r")
    t.expect("still 42")
    t.send("\x1d")
