# SPDX-License-Identifier: GPL-2.0-only
"""The toolstack's verbs on a running machine."""
import re
import time

import pytest

STATE = r"[r-][b-][p-][s-][c-][d-]"


def domains(m):
    return {d["name"]: d for d in m.json("list")}


def wait_for(what, fn, limit=30):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if fn():
            return
        time.sleep(0.05)
    pytest.fail(f"no {what} within {limit} s")


def test_list(machine):
    lines = machine("list").stdout.splitlines()
    assert re.fullmatch(r"Name\s+ID\s+Mem\s+VCPUs\s+State\s+Time\(s\)", lines[0])
    rows = {line.split()[0]: line.split() for line in lines[1:]}
    assert {"srm", "linuxlike", "rtos"} <= set(rows)
    assert rows["srm"][1] == "0"
    for row in rows.values():
        assert re.fullmatch(STATE, row[4])
        assert re.fullmatch(r"\d+\.\d", row[5])


def test_list_json(machine):
    d = domains(machine)
    assert {"srm", "linuxlike", "rtos"} <= set(d)
    assert d["linuxlike"]["domid"] > 0 and d["linuxlike"]["memory_kb"] >= 32 * 1024


def test_info_and_dmesg(machine):
    info = machine.json("info")
    assert info["total_memory_kb"] > info["free_memory_kb"] > 0
    assert info["counters"]["entry.hypercall"] > 0
    text = machine("info").stdout
    assert "free_memory" in text
    assert "Tagma" in machine("dmesg").stdout


def test_domid_domname(machine):
    domid = machine("domid", "rtos").stdout.strip()
    assert machine("domname", domid).stdout.strip() == "rtos"
    p = machine("domid", "nobody", check=False)
    assert p.returncode != 0 and "nobody" in p.stderr and len(p.stderr.strip().splitlines()) == 1


def test_vcpu_list(machine):
    assert re.search(r"^linuxlike\s+\d+\s+0\s", machine("vcpu-list").stdout, re.M)
    assert any(v["name"] == "rtos" for v in machine.json("vcpu-list"))


def test_create_pause_unpause_destroy(machine):
    free = machine.json("info")["free_memory_kb"]
    machine("create", "examples/rtos.cfg", "name=\"rt2\"")
    assert "rt2" in domains(machine)
    machine("pause", "rt2")
    assert domains(machine)["rt2"]["state"][2] == "p"
    before = domains(machine)["rt2"]["time_ns"]
    machine("list")
    assert domains(machine)["rt2"]["time_ns"] == before, "a paused domain does not run"
    machine("unpause", "rt2")
    wait_for("progress of rt2", lambda: domains(machine)["rt2"]["time_ns"] > before)
    machine("destroy", "rt2")
    assert "rt2" not in domains(machine)
    wait_for("memory of rt2", lambda: machine.json("info")["free_memory_kb"] == free)
    machine("check")


def test_shutdown_and_reboot(machine):
    machine("create", "examples/linuxlike.cfg", "name=\"lx2\"")
    t = machine.spawn("console", "lx2")
    t.expect("# ")
    t.send("\x1d")
    old = domains(machine)["lx2"]["domid"]
    machine("reboot", "lx2")
    wait_for("new lx2", lambda: domains(machine).get("lx2", {}).get("domid", old) != old)
    machine("shutdown", "-w", "lx2")
    wait_for("end of lx2", lambda: "lx2" not in domains(machine))


def test_console_outlives_its_domain(machine):
    machine("create", "examples/example.cfg", "name=\"ex1\"")
    wait_for("end or output", lambda: machine("console", "--dump", "ex1").stdout)
    machine("destroy", "ex1", check=False)
    assert machine("console", "--dump", "ex1").stdout


def test_two_machines(cli):
    cli("up", "-m", "a", "examples/rtos.cfg")
    cli("up", "-m", "b")
    assert sorted(cli.machines()) == ["a", "b"]
    assert "rtos" in {d["name"] for d in cli.json("list", "-m", "a")}
    assert "rtos" not in {d["name"] for d in cli.json("list", "-m", "b")}
    cli("down", "-m", "a")
    assert cli.machines() == ["b"]


def test_no_machine_is_one_clear_line(cli):
    p = cli("list", check=False)
    assert p.returncode != 0
    assert len(p.stderr.strip().splitlines()) == 1 and "tagma up" in p.stderr


def test_rtos_reports_jitter(machine):
    t = machine.spawn("console", "rtos")
    t.send("r")
    t.expect(r"task.*jitter")
    t.expect(r"99\.9")
    t.send("\x1d")
