# SPDX-License-Identifier: GPL-2.0-only
"""The same binaries, the same initramfs: linuxlike against Debian's own kernel in QEMU."""
import difflib
import subprocess

import pytest
from conftest import BUILD, ROOT, plain, shell

BEGIN, END = "=== begin", "=== end"


def between(text, what):
    """The lines printed between the markers (not those that echo the typed command)."""
    lines = text.splitlines()
    try:
        a = lines.index(BEGIN)
        b = lines.index(END, a)
    except ValueError:
        raise AssertionError(f"{what}: no marked output in:\n{text[-4000:]}") from None
    return lines[a + 1:b]


def on_debian(command, limit=240):
    """Run a command line under Debian's kernel on a bare QEMU machine."""
    p = subprocess.Popen(
        ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", "256", "-nographic", "-no-reboot",
         "-kernel", str(ROOT / "build/cache/vmlinuz"), "-initrd", str(BUILD / "tests/initramfs.cpio"),
         "-append", "console=ttyS0 quiet panic=-1 rdinit=/init"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        out, _ = p.communicate(script(command).encode(), timeout=limit)
    except subprocess.TimeoutExpired:
        p.kill()
        out, _ = p.communicate()
    return between(plain(out.decode(errors="replace")), "Debian's kernel")


def script(command):
    # stty -echo: what is typed ahead must not mix with the output.
    return f"stty -echo\necho '{BEGIN}'; {command}; echo '{END}'\npoweroff -f\n"


def on_linuxlike(cli, cfg, command):
    _, out, err = shell(cli, cfg, script(command), timeout=240)
    return between(out, f"linuxlike ({err})")


def compare(cli, cfg, command, atleast):
    theirs, ours = on_debian(command), on_linuxlike(cli, cfg, command)
    assert len(theirs) >= atleast, "\n".join(theirs)
    diff = "\n".join(difflib.unified_diff(theirs, ours, "debian", "linuxlike", lineterm=""))
    assert not diff, diff


def test_sixty_applets(cli, testcfg):
    compare(cli, testcfg, "sh /root/applets.sh 2>&1", 60)


@pytest.mark.parametrize("program,atleast", [("wild all", 18), ("wild pointers", 10), ("signals", 18),
                                             ("memory", 10), ("threads", 10)])
def test_program(cli, testcfg, program, atleast):
    compare(cli, testcfg, f"/root/{program} 2>&1 </dev/null", atleast)
