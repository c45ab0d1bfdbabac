# SPDX-License-Identifier: GPL-2.0-only
"""The same hypervisor, guests and stories on MIPS: QEMU's Malta."""
import pathlib
import re
import tempfile

import pytest
from conftest import LIMIT, ROOT, Cli, plain
from test_guest_lib import assert_passed, ended, output
from test_toolstack import domains, wait_for

CPUS = ["24Kf", "34Kf", "74Kf", "P5600"]


@pytest.fixture(scope="module")
def malta():
    """One machine for this module's tests, with rtos up."""
    with tempfile.TemporaryDirectory(prefix="tg") as d:
        c = Cli(pathlib.Path(d))
        c("up", "--machine", "malta", "examples/rtos.cfg")
        yield c
        c.down_all()


def config(tmp_path, kernel, name=None, cmdline=""):
    """Its kernel is named as an example's is: found where the machine's own files are."""
    name = name or kernel
    cfg = tmp_path / f"{name}.cfg"
    cfg.write_text(f'name = "{name}"\nkernel = "guests/{kernel}.elf"\nmemory = 16\n'
                   f'cmdline = "{cmdline}"\non_poweroff = "preserve"\non_crash = "preserve"\n')
    return cfg


def run_guest(m, tmp_path, kernel, cmdline="", limit=LIMIT):
    """To its end, with every frame back afterwards."""
    free = m.json("info")["free_memory_kb"]
    m("create", config(tmp_path, kernel, cmdline=cmdline))
    wait_for(kernel, lambda: ended(m, kernel), limit)
    out = output(m, kernel)
    m("destroy", kernel)
    wait_for("memory", lambda: m.json("info")["free_memory_kb"] == free)
    m("check")
    return out


def test_what_it_is(malta):
    info = malta.json("info")
    assert info["machine"] == "malta"
    assert "24K" in info["cpu_model"]
    assert "rtos" in domains(malta)


@pytest.mark.parametrize("kernel,least", [("test-signal", 40), ("test-vm", 60), ("test-rtos", 23),
                                          ("test-cache", 20)])
def test_guest(malta, tmp_path, kernel, least):
    assert_passed(run_guest(malta, tmp_path, kernel), least)


def test_hostile_directed(malta, tmp_path):
    """Every error that the ABI promises, and every instruction that is not for guests."""
    assert_passed(run_guest(malta, tmp_path, "hostile", "count=0"), 170)


def test_hostile_random(malta, tmp_path):
    before = domains(malta)["rtos"]["time_ns"]
    out = run_guest(malta, tmp_path, "hostile", "count=100000 seed=1")
    assert re.search(r"hostile: 100000 hypercalls, seed 1, done", out), out[-2000:]
    wait_for("rtos running", lambda: domains(malta)["rtos"]["time_ns"] > before)


def test_example(cli):
    p = cli("run", "--machine", "malta", "examples/example.cfg",
            input="set a 1\nset b x y\nsave\nset a 2\nlist\nundo\nlist\nshutdown 0\n")
    out = plain(p.stdout)
    assert re.search(r"> list\na = 2\nb = x y\n> undo\n> list\na = 1\nb = x y\n", out), out


def test_deterministic_time(cli, tmp_path):
    """Under icount rtos keeps every period."""
    cfg = config(tmp_path, "rtos", cmdline="tasks=fast:24:1000:50,slow:16:20000:1000 seconds=2")
    p = cli("run", "--machine", "malta", "--icount", cfg)
    rows = {m[1]: m for m in re.finditer(r"^(fast|slow) +\d+ +(\d+) +(\d+) +(\d+) \|",
                                         plain(p.stdout), re.M)}
    assert set(rows) == {"fast", "slow"}, p.stdout
    assert int(rows["fast"][3]) in range(1990, 2002) and int(rows["slow"][3]) in range(98, 102)
    assert rows["fast"][4] == "0" and rows["slow"][4] == "0", "no overruns"


@pytest.mark.parametrize("cpu", CPUS[1:])
def test_other_cpus(cli, tmp_path, cpu):
    """Caches, TLBs and extensions differ; what runs does not."""
    cli("up", "--machine", "malta", "--qemu-arg", "-cpu", "--qemu-arg", cpu)
    assert cpu.rstrip("f") in cli.json("info")["cpu_model"]
    assert_passed(run_guest(cli, tmp_path, "hostile", "count=1000 seed=3"), 170)
    assert_passed(run_guest(cli, tmp_path, "test-vm"), 60)


@pytest.mark.parametrize("pairs", [16, 4096])
def test_size_of_the_software_tlb(cli, tmp_path, pairs):
    cli("up", "--machine", "malta", "--cmdline", f"vtlb-pages={pairs}")
    assert f"software TLB of {pairs} pairs" in cli("dmesg").stdout
    assert_passed(run_guest(cli, tmp_path, "test-vm"), 60)


def test_shutdown_and_reboot(cli, tmp_path):
    cli("up", "--machine", "malta", config(tmp_path, "rtos", "one"))
    cli("shutdown", "-w", "one")
    assert domains(cli)["one"]["state"][3] == "s"
    cli("down")
    assert cli.machines() == []


def test_memory_beyond_kseg0_is_refused(cli):
    p = cli("up", "--machine", "malta", "--memory", "512", check=False)
    assert p.returncode == 1 and "at most 256 MB" in p.stderr
    p = cli("up", "--machine", "malta", "--netboot", check=False)
    assert p.returncode == 1 and "netboot" in p.stderr


def test_kernel_of_another_machine_is_refused(cli):
    p = cli("up", "--machine", "malta", "examples/rtos.cfg",
            f'kernel="{ROOT}/build/x86/guests/rtos.elf"', check=False)
    assert p.returncode == 1 and "made for another machine" in p.stderr
