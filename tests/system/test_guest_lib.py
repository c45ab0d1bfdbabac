# SPDX-License-Identifier: GPL-2.0-only
"""guests/lib and the primitives under it, by guests that test themselves, and the example."""
import re

import pytest
from conftest import BUILD, plain
from test_toolstack import domains, wait_for


def config(tmp_path, kernel, name, cmdline=""):
    cfg = tmp_path / f"{name}.cfg"
    cfg.write_text(f'name = "{name}"\nkernel = "{BUILD}/guests/{kernel}.elf"\nmemory = 8\n'
                   f'cmdline = "{cmdline}"\non_poweroff = "preserve"\non_crash = "preserve"\n')
    return cfg


def output(machine, name):
    return plain(machine("console", "--dump", name).stdout)


def ended(machine, name):
    return any(c in "sc" for c in domains(machine)[name]["state"][3:5])


def assert_passed(out, least):
    assert "not ok" not in out, out
    m = re.search(r"^1\.\.(\d+)$", out, re.M)
    assert m and len(re.findall(r"^ok \d+", out, re.M)) == int(m.group(1)) >= least, out


@pytest.mark.parametrize("kernel,least", [("test-signal", 40), ("test-vm", 60)])
def test_guest(bare, tmp_path, kernel, least):
    free = bare.json("info")["free_memory_kb"]
    bare("create", config(tmp_path, kernel, kernel))
    wait_for(kernel, lambda: ended(bare, kernel), 60)
    out = output(bare, kernel)
    bare("destroy", kernel)
    assert_passed(out, least)
    wait_for("memory", lambda: bare.json("info")["free_memory_kb"] == free)
    bare("check")


def test_channel_between_domains(bare, tmp_path):
    """Two clients, one after the other, that go without a word; the server lives on."""
    bare("create", config(tmp_path, "test-signal", "server", "role=server rounds=2"))
    wait_for("server", lambda: re.search(r"server \w+", output(bare, "server")))
    server = re.search(r"server (\w+)", output(bare, "server")).group(1)
    for i in range(2):
        name = f"client{i}"
        bare("create", config(tmp_path, "test-signal", name, f"role=client server=0x{server}"))
        wait_for(name, lambda: ended(bare, name), 60)
        assert_passed(output(bare, name), 2)
        bare("destroy", name)
        wait_for("its end", lambda: len(re.findall("after its calls", output(bare, "server"))) > i, 60)
    wait_for("server's end", lambda: ended(bare, "server"), 60)
    out = output(bare, "server")
    bare("destroy", "server")
    assert_passed(out, 6)
    bare("check")


def test_example(cli):
    p = cli("run", "examples/example.cfg", input="set a 1\nset b x y\nsave\nset a 2\ndel b\nlist\n"
            "undo\nlist\nundo\nget c\nshutdown 0\n")
    out = plain(p.stdout)
    assert re.search(r"> list\na = 2\n> undo\n> list\na = 1\nb = x y\n> undo\nnothing saved\n"
                     r"> get c\nno such name", out), out
