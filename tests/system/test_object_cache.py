# SPDX-License-Identifier: GPL-2.0-only
"""The object cache: more processes than descriptors, and pools at their minimum."""
import re

import pytest

from conftest import BUILD, MINIMUM, plain
from test_shell import STORY
from test_toolstack import domains, wait_for

# ps lists the sleepers; each is seen alive at the same time, and all are seen to go.
THOUSAND = """cat > /tmp/t.sh <<'EOF'
i=0
while [ $i -lt 1000 ]; do sleep 10000 & i=$((i+1)); done
ps > /tmp/ps
echo alive $(grep -c '[s]leep 10000' /tmp/ps)
kill $(awk '/sleep 10000/ {print $1}' /tmp/ps)
wait
echo left $(ps | grep -c '[s]leep 10000')
EOF
sh /tmp/t.sh 2>/dev/null >/tmp/out
cat /tmp/out
exit
"""

CROWD = """i=0; while [ $i -lt 30 ]; do (n=0; while [ $n -lt 2000 ]; do n=$((n+1)); done; echo busy) & i=$((i+1)); done > /tmp/o; wait
echo $(sort /tmp/o | uniq -c)
exit
"""


def write_cfg(tmp_path, memory):
    cfg = tmp_path / "lx.cfg"
    cfg.write_text(f'name = "lx"\nkernel = "{BUILD}/guests/linuxlike.elf"\n'
                   f'ramdisk = "{BUILD}/initramfs.cpio"\nmemory = {memory}\n')
    return cfg


def session(cli, name, script):
    """Types a script into a domain's console; the output until it ends."""
    p = cli("console", name, input=script, check=False, timeout=400)
    return plain(p.stdout)


@pytest.fixture
def small(cli):
    cli("up", "--cmdline", MINIMUM, "examples/linuxlike.cfg", "examples/rtos.cfg")
    return cli


def test_thousand_processes(cli, tmp_path):
    """On 64 spaces and 256 threads."""
    cli("up", "--memory", 512, "--cmdline", "spaces=64 threads=256 mappings=65536 vtlb-pages=0")
    cfg = write_cfg(tmp_path, 256)
    cli("create", cfg)
    session(cli, "lx", "exit\n")  # the first domain of all leaves srm a little larger
    wait_for("its end", lambda: "lx" not in domains(cli))
    free = cli.json("info")["free_memory_kb"]
    cli("create", cfg)
    out = session(cli, "lx", THOUSAND)
    assert re.search(r"^alive 1000$", out, re.M), out[-2000:]
    assert re.search(r"^left 0$", out, re.M), out[-2000:]
    wait_for("all memory back", lambda: cli.json("info")["free_memory_kb"] == free)
    counters = cli.counters()
    assert counters["cache.writeback.space"] >= 900
    assert counters["cache.writeback.thread"] >= 900
    cli("check")


def test_story_with_minimum_pools(cli):
    p = cli("run", "--cmdline", MINIMUM, "examples/linuxlike.cfg", "examples/rtos.cfg", input=STORY,
            check=False, timeout=300)
    lines = plain(p.stdout).splitlines()
    assert p.returncode == 0, p.stdout + p.stderr
    assert "1000" in lines
    for i in (1, 2, 3):
        assert any(line.endswith(f"done {i}") for line in lines), p.stdout
    assert any(re.match(r"processor\s+: 0$", line) for line in lines)


def test_crowd_with_minimum_pools(small):
    """Thirty that all want the CPU, on what four domains have left."""
    out = session(small, "linuxlike", CROWD)
    assert re.search(r"^30 busy$", out, re.M), out[-2000:]
    assert "out of" not in small("dmesg").stdout
    assert small.counters()["cache.writeback.mapping"] > 0
    small("check")


@pytest.mark.parametrize("cmdline", ["", MINIMUM], ids=["default", "minimum"])
def test_guest(cli, tmp_path, cmdline):
    """guests/test-cache: what an owner is told, and what it can do with it."""
    cfg = tmp_path / "tc.cfg"
    cfg.write_text(f'name = "tc"\nkernel = "{BUILD}/guests/test-cache.elf"\nmemory = 16\n'
                   'on_poweroff = "preserve"\non_crash = "preserve"\n')
    cli("up", "--cmdline", cmdline, cfg)
    wait_for("end of tc", lambda: domains(cli)["tc"]["state"][3] == "s"
             or domains(cli)["tc"]["state"][4] == "c", 120)
    out = plain(cli("console", "--dump", "tc").stdout)
    assert domains(cli)["tc"]["state"][3] == "s", out
    assert "not ok" not in out and re.search(r"^1\.\.\d+$", out, re.M), out
    cli("check")
    cli("destroy", "tc")


def test_hostile_with_minimum_pools(small, tmp_path):
    """It may take what is free, never what others need."""
    cfg = tmp_path / "hostile.cfg"
    cfg.write_text(f'name = "hostile"\nkernel = "{BUILD}/guests/hostile.elf"\nmemory = 16\n'
                   'cmdline = "count=20000 seed=3"\non_poweroff = "preserve"\non_crash = "preserve"\n')
    small("create", cfg)
    t = small.spawn("console", "linuxlike")
    t.send("\rseq 1 200 | tail -1; (exit 7); echo still $? here\r")
    t.expect("still 7 here")
    t.send("\x1d")
    wait_for("end of hostile", lambda: domains(small)["hostile"]["state"][3] == "s"
             or domains(small)["hostile"]["state"][4] == "c", 120)
    assert domains(small)["hostile"]["state"][4] != "c"
    small("check")
    small("destroy", "hostile")


def crowd(tmp_path, n):
    """Configurations of n shells."""
    cfgs = []
    for i in range(1, n + 1):
        cfg = tmp_path / f"lx{i}.cfg"
        cfg.write_text(f'name = "lx{i}"\nkernel = "{BUILD}/guests/linuxlike.elf"\n'
                       f'ramdisk = "{BUILD}/initramfs.cpio"\nmemory = 24\n')
        cfgs.append(cfg)
    return cfgs


def test_more_domains_than_descriptors(cli, tmp_path):
    """Four shells and rtos on four descriptors, of which srm and rtos keep theirs. Input, a
    timer and each verb bring back whom they are for."""
    cli("up", "--cmdline", "domains=4", *crowd(tmp_path, 4), "examples/rtos.cfg")
    free = cli.json("info")["free_memory_kb"]
    assert len(domains(cli)) == 6
    out = session(cli, "lx1", "sleep 1; echo i am $((10 + 2))\nexit\n")
    assert re.search(r"^i am 12$", out, re.M), out
    wait_for("its end", lambda: len(domains(cli)) == 5)
    t = cli.spawn("console", "lx2")
    t.send("\ri=0; while :; do i=$((i+1)); done &\r")  # could run for ever, and gets its turns
    t.send("\x1d")
    out = session(cli, "lx3", "n=0; while [ $n -lt 3000 ]; do n=$((n+1)); done; echo at $n\nexit\n")
    assert re.search(r"^at 3000$", out, re.M), out
    wait_for("its end", lambda: "lx3" not in domains(cli))
    cli("pause", "lx4")
    assert domains(cli)["lx4"]["state"][2] == "p"
    cli("unpause", "lx4")
    assert re.search(r"^lx4\s", cli("vcpu-list").stdout, re.M)
    cli("check")
    cli("shutdown", "-w", "lx4")
    cli("destroy", "lx2")
    assert set(domains(cli)) == {"srm", "rtos"}
    wait_for("memory", lambda: cli.json("info")["free_memory_kb"] >= free + 4 * 24 * 1024)
    counters = cli.counters()
    assert counters["cache.writeback.domain"] >= 5
    assert "out of" not in cli("dmesg").stdout and "cannot be loaded" not in cli("dmesg").stdout
    cli("check")


def test_domains_that_are_away_go_as_well(cli, tmp_path):
    """Destroying one that is not loaded gives back all that it had."""
    cli("up", "--cmdline", "domains=4", *crowd(tmp_path, 4))
    wait_for("prompts", lambda: all("# " in cli("console", "--dump", f"lx{i}").stdout for i in range(1, 5)), 120)
    assert re.search(r"^lx\d .* away ", cli("list", "-v").stdout, re.M)
    for i in range(1, 5):
        cli("destroy", f"lx{i}")
        cli("check")
    assert set(domains(cli)) == {"srm"}
