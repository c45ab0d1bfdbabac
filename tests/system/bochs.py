# SPDX-License-Identifier: GPL-2.0-only
"""Bochs without a screen: a machine that checks segment limits and has PCIDs, as hardware
does and QEMU's TCG does not."""
import os
import re
import signal
import subprocess
import time

from conftest import BUILD, ROOT, TAGMA, with_pools

RC = """megs: 256
cpu: model=corei7_haswell_4770, ips=50000000
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
boot: cdrom
ata0-master: type=cdrom, path={iso}, status=inserted
com1: enabled=1, mode=file, dev={log}
com2: enabled=1, mode=null
display_library: term
clock: sync=none, time0=1
log: {dir}/bochs.log
panic: action=fatal
"""


def make_iso(directory, cmdline, *cfgs):
    """A CD with the hypervisor, its options and these domains; returns its path."""
    fit, iso = directory / "image.fit", directory / "tagma.iso"
    subprocess.run([TAGMA, *with_pools(["mkimage", "-o", fit, "--cmdline", cmdline, *cfgs], ("mkimage",))], cwd=ROOT, check=True)
    subprocess.run([ROOT / "scripts/mkiso.sh", BUILD / "hv.elf", fit, iso], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    return iso


def run(directory, iso, until, limit=240):
    """Runs it until the hypervisor's log matches `until`, or ends; returns the log."""
    log = directory / "com1.txt"
    rc, go = directory / "bochsrc", directory / "go"
    rc.write_text(RC.format(iso=iso, log=log, dir=directory))
    go.write_text("c\n")  # Debian's build stops in its debugger
    env = dict(os.environ, TERM="xterm", COLUMNS="200", LINES="60")
    p = subprocess.Popen(["script", "-qc", f"bochs -q -f {rc} -rc {go}", "/dev/null"],
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL, cwd=directory, env=env,
                         start_new_session=True)
    text = ""
    try:
        end = time.monotonic() + limit
        while time.monotonic() < end and p.poll() is None:
            text = log.read_text(errors="replace") if log.exists() else ""
            if re.search(until, text):
                break
            time.sleep(0.2)
    finally:
        os.killpg(p.pid, signal.SIGTERM)
        p.wait(10)
    return text
