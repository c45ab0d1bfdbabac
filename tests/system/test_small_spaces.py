# SPDX-License-Identifier: GPL-2.0-only
"""Small spaces and tags: isolation on a machine that checks segment limits, cost and honesty
on one that does not. The guest is guests/test-small."""
import re
import subprocess

import pytest

import bochs
from conftest import BUILD, ROOT, plain


def config(directory, name, kernel, **extra):
    cfg = directory / f"{name}.cfg"
    lines = [f'name = "{name}"', f'kernel = "{BUILD}/guests/{kernel}.elf"', 'on_crash = "destroy"']
    lines += [f"{k} = {v if isinstance(v, int) else chr(34) + str(v) + chr(34)}" for k, v in extra.items()]
    cfg.write_text("\n".join(lines) + "\n")
    return cfg


# More spaces at once than the smallest pool has, in a guest that takes none back; and victims
# whose pages must stay in the page tables, for the attacks go past all of our code.
ROOM = "spaces=64 threads=256 mappings=65536 vtlb-pages=0"


def run_guest(cli, cfg, hv_options):
    p = cli("run", "--cmdline", f"{ROOM} {hv_options}", cfg, input="", check=False)
    return plain(p.stdout)


def all_passed(text):
    plan = re.search(r"^(?:\(d1\) )?1\.\.(\d+)", text, re.M)
    assert plan, text[-3000:]
    assert "not ok" not in text, text[-3000:]
    assert len(re.findall(r"^(?:\(d1\) )?ok \d+ - ", text, re.M)) == int(plan.group(1))


def cr3_loads(text, what):
    """(CR3 loads, those of them that flushed nothing) of a round of test-small's calls."""
    m = re.search(rf"# {what}: .* (\d+) CR3 loads \((\d+) by tag\)", text)
    assert m, text[-3000:]
    return int(m.group(1)), int(m.group(2))


@pytest.mark.parametrize("pcid", ["on", "off"])
def test_isolation_in_bochs(tmp_path, pcid):
    cfg = config(tmp_path, "ts", "test-small", memory=8, cmdline="log")
    text = bochs.run(tmp_path, bochs.make_iso(tmp_path, f"{ROOM} pcid={pcid}", cfg),
                     r"domain 1 shut down|PANIC", limit=400)
    assert "small spaces: on" in text
    assert ("tags: PCID with INVPCID" if pcid == "on" else "tags: none") in text
    assert "PANIC" not in text
    all_passed(text)
    assert "the root space is small" in text
    assert cr3_loads(text, "small-small") == (0, 0)
    assert cr3_loads(text, "small-large") == (0, 0)
    loads, kept = cr3_loads(text, "large-large")
    assert loads >= 200 and kept == (loads if pcid == "on" else 0)


def test_few_page_tables_in_bochs(tmp_path):
    """Tables of the window, too, may go at any time."""
    cfg = config(tmp_path, "ts", "test-small", memory=8, cmdline="log")
    text = bochs.run(tmp_path, bochs.make_iso(tmp_path, f"{ROOM} vtlb-pages=16", cfg),
                     r"domain 1 shut down|PANIC", limit=400)
    all_passed(text)


@pytest.mark.parametrize("options", ["", "pcid=off small-spaces=off"])
def test_unix_in_bochs(tmp_path, options):
    """glibc's thread-local variables do not fit a limited segment: its processes get all of
    linear memory, and work."""
    script, cpio = tmp_path / "boot.sh", tmp_path / "initramfs.cpio"
    script.write_text('#!/bin/sh\nn=0\nfor i in 1 2 3 4 5; do n=$((n + $(ls / | wc -l))); done\n'
                      '[ $n -gt 25 ] && poweroff -f\n')
    script.chmod(0o755)
    subprocess.run([ROOT / "scripts/add-to-cpio.sh", BUILD / "initramfs.cpio", cpio, "root", script],
                   check=True)
    cfg = config(tmp_path, "lx", "linuxlike", memory=64, ramdisk=cpio, cmdline="init=/root/boot.sh")
    text = bochs.run(tmp_path, bochs.make_iso(tmp_path, options, cfg),
                     r"domain 1 shut down: \w+|PANIC", limit=400)
    assert "domain 1 shut down: poweroff" in text, text[-3000:]


def test_auto_is_off_where_limits_do_not_hold(cli, tmp_path):
    cli("up", "examples/rtos.cfg")
    assert "small spaces: off, this CPU does not check segment limits" in cli("dmesg").stdout
    assert "small-spaces-off" in cli("info").stdout
    assert not any(d["small_space"] for d in cli.json("list"))
    counters = cli.counters()
    assert counters["switch.small"] == 0 and counters["switch.cr3_load"] > 0
    cli("down")
    text = run_guest(cli, config(tmp_path, "ts", "test-small", memory=8), "small-spaces=auto")
    all_passed(text)
    assert "the root space is not small" in text


def test_unsafe_is_fast_and_says_so(cli, tmp_path):
    cli("up", "--cmdline", "small-spaces=unsafe", "examples/rtos.cfg")
    assert re.search(r"small spaces: UNSAFE.*NOT isolated", cli("dmesg").stdout)
    assert "small-spaces-UNSAFE" in cli("info").stdout
    counters = cli.counters()
    assert counters["switch.small"] > 0
    assert counters["switch.cr3_load"] == 0, "srm and rtos are both small"
    assert all(d["small_space"] for d in cli.json("list"))
    assert re.search(r"^rtos .* small ", cli("list", "-v").stdout, re.M)
    assert cli("check").returncode == 0
    cli("down")
    text = run_guest(cli, config(tmp_path, "ts", "test-small", memory=8, cmdline="ipc"),
                     "small-spaces=unsafe")
    all_passed(text)
    assert cr3_loads(text, "small-small") == (0, 0)
    assert cr3_loads(text, "small-large") == (0, 0)
    assert cr3_loads(text, "large-large")[0] >= 200


def test_the_attacks_work_where_nothing_stops_them(cli, tmp_path):
    """Else the isolation test would prove nothing."""
    text = run_guest(cli, config(tmp_path, "ts", "test-small", memory=8, cmdline="control"),
                     "small-spaces=unsafe")
    all_passed(text)
    assert "ax 0x81cd81cd" in text


def test_off(cli):
    cli("up", "--cmdline", "small-spaces=off", "examples/rtos.cfg")
    assert "small spaces: off\n" in cli("dmesg").stdout
    assert cli.counters()["switch.small"] == 0


def test_bad_options_are_named(cli):
    cli("up", "--cmdline", "small-spaces=maybe pcid=on", "examples/rtos.cfg")
    log = cli("dmesg").stdout
    assert 'option small-spaces: auto, off or unsafe, not "maybe"' in log
    assert "option pcid: this CPU has none" in log
