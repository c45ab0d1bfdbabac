# SPDX-License-Identifier: GPL-2.0-only
"""The same binaries, the same initramfs: linuxlike against Debian's own kernel in QEMU."""
import difflib

import pexpect
import pytest
from conftest import BUILD, ROOT, plain, shell

BEGIN, END = "=== begin", "=== end"


def between(text, what):
    """The lines printed between the markers. The prompt may stand before a marker; a line that
    echoes the typed command ends otherwise."""
    lines = text.splitlines()
    a = next((i for i, line in enumerate(lines) if line.endswith(BEGIN)), None)
    b = next((i for i, line in enumerate(lines) if line.endswith(END)), None)
    if a is None or b is None:
        raise AssertionError(f"{what}: no marked output in:\n{text[-4000:]}")
    return lines[a + 1:b]


def on_debian(command, limit=240):
    """Run a command line under Debian's kernel on a bare QEMU machine. It forgets what was
    typed before its shell is there, so this waits for the prompt."""
    t = pexpect.spawn(
        "qemu-system-x86_64", ["-accel", "tcg", "-cpu", "max", "-m", "256", "-nographic", "-no-reboot",
                               "-kernel", str(ROOT / "build/cache/vmlinuz"),
                               "-initrd", str(BUILD / "tests/initramfs.cpio"),
                               "-append", "console=ttyS0 quiet panic=-1 rdinit=/init"],
        timeout=limit, encoding="utf-8", codec_errors="replace")
    try:
        t.expect("~ # ")
        t.send(script(command))
        t.expect(pexpect.EOF)
        return between(plain(t.before), "Debian's kernel")
    finally:
        t.close(force=True)


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


@pytest.mark.parametrize("program,atleast", [("wild all", 18), ("wild pointers", 10), ("signals", 16),
                                             ("memory", 17), ("threads", 10), ("process", 45)])
def test_program(cli, testcfg, program, atleast):
    compare(cli, testcfg, f"/root/{program} 2>&1 </dev/null", atleast)
