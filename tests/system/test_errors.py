# SPDX-License-Identifier: GPL-2.0-only
"""What goes wrong says so in one clear line and leaves nothing behind."""
import shutil
import struct

import pytest
from conftest import BUILD


def write_cfg(path, **keys):
    base = dict(name="bad", kernel=str(BUILD / "guests/rtos.elf"), memory=16)
    base.update(keys)
    path.write_text("".join(f'{k} = {v!r}\n'.replace("'", '"') for k, v in base.items()))
    return path


def one_line(p, *words):
    lines = p.stderr.strip().splitlines()
    assert p.returncode != 0
    assert len(lines) == 1, p.stderr
    for w in words:
        assert w in lines[0], lines[0]


@pytest.fixture
def unchanged(machine):
    """Domains and free memory are the same after as before."""
    state = lambda: (sorted(d["name"] for d in machine.json("list")), machine.json("info")["free_memory_kb"])
    before = state()
    yield
    assert state() == before
    machine("check")


def test_unknown_key(machine, unchanged, tmp_path):
    cfg = write_cfg(tmp_path / "k.cfg", nonsense=1)
    one_line(machine("create", cfg, check=False), "k.cfg:4", "nonsense")


def test_syntax_error(machine, unchanged, tmp_path):
    cfg = tmp_path / "s.cfg"
    cfg.write_text('name = "x"\nmemory = [\n')
    p = machine("create", cfg, check=False)
    assert p.returncode != 0 and "s.cfg" in p.stderr


def test_no_kernel(machine, unchanged, tmp_path):
    one_line(machine("create", write_cfg(tmp_path / "n.cfg", kernel="/no/such"), check=False), "/no/such")


def test_truncated_image(machine, unchanged, tmp_path):
    data = (BUILD / "guests/rtos.elf").read_bytes()
    bad = tmp_path / "cut.elf"
    # Cut inside the first loaded segment, where no header shows it.
    bad.write_bytes(data[:struct.unpack_from("<I", data, 28)[0] + 4096 + 100])
    one_line(machine("create", write_cfg(tmp_path / "t.cfg", kernel=str(bad)), check=False), "cut.elf")


def test_not_an_elf(machine, unchanged, tmp_path):
    bad = tmp_path / "text.elf"
    bad.write_bytes(b"#!/bin/sh\n" * 1000)
    one_line(machine("create", write_cfg(tmp_path / "e.cfg", kernel=str(bad)), check=False), "text.elf")


def test_too_little_memory(machine, unchanged, tmp_path):
    one_line(machine("create", write_cfg(tmp_path / "m.cfg", memory=100000), check=False), "bad", "memory")
    cfg = write_cfg(tmp_path / "m1.cfg", memory=1, kernel=str(BUILD / "guests/linuxlike.elf"),
                    ramdisk=str(BUILD / "initramfs.cpio"))
    one_line(machine("create", cfg, check=False), "bad", "memory")


def test_same_name_twice(machine, unchanged):
    one_line(machine("create", "examples/rtos.cfg", check=False), "rtos")


def test_wrong_hash_in_boot_image(cli, tmp_path):
    """The other domains start; the bad one is named. A bad srm stops the boot with one line."""
    fit = tmp_path / "demo.fit"
    cli("mkimage", "-o", fit, "examples/rtos.cfg", "examples/example.cfg")
    data = bytearray(fit.read_bytes())
    kernel = (BUILD / "guests/example.elf").read_bytes()
    at = data.find(kernel[:4096])
    assert at > 0
    data[at + 2000] ^= 1
    fit.write_bytes(data)
    assert cli("image", fit, check=False).returncode != 0
    cli("up", "--image", fit)
    assert "rtos" in {d["name"] for d in cli.json("list")}
    assert "example" not in {d["name"] for d in cli.json("list")}
    log = cli("dmesg").stdout
    assert any("example" in line and "sha256" in line for line in log.splitlines()), log
    cli("down")

    srm = (BUILD / "srm.elf").read_bytes()
    at = data.find(srm[:4096])
    assert at > 0
    data[at + 2000] ^= 1
    fit.write_bytes(data)
    p = cli("up", "--image", fit, check=False)
    assert p.returncode != 0 and "srm" in p.stderr and "sha256" in p.stderr
    assert cli.machines() == []


def test_truncated_boot_image(cli, tmp_path):
    fit = tmp_path / "demo.fit"
    cli("mkimage", "-o", fit, "examples/rtos.cfg")
    short = tmp_path / "short.fit"
    short.write_bytes(fit.read_bytes()[:20000])
    p = cli("up", "--image", short, check=False)
    assert p.returncode != 0 and "image" in p.stderr
    assert cli.machines() == []


def test_hypervisor_missing(cli, tmp_path):
    cli.env["TAGMA_LIBDIR"] = str(tmp_path)
    one_line(cli("up", check=False), "hv.elf")


def test_down_cleans_a_dead_machine(cli):
    cli("up")
    pid = cli.json("machines")[0]["qemu_pid"]
    import os
    os.kill(pid, 9)
    p = cli("list", check=False)
    assert p.returncode != 0 and p.stderr
    cli("down", check=False)
    assert cli.machines() == []
    cli("up")
    shutil.rmtree(cli.rundir / "nothing", ignore_errors=True)
