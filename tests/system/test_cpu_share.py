# SPDX-License-Identifier: GPL-2.0-only
"""A domain's share of the processor (CK-6): kept while others want it, no limit while nobody does."""
import re

from conftest import BUILD
from test_toolstack import domains, wait_for

BUSY = "while :; do :; done &\r"


def shell_cfg(tmp_path, name, **keys):
    cfg = tmp_path / f"{name}.cfg"
    cfg.write_text(f'name = "{name}"\nkernel = "{BUILD}/guests/linuxlike.elf"\n'
                   f'ramdisk = "{BUILD}/initramfs.cpio"\nmemory = 24\n' +
                   "".join(f"{k} = {v}\n" for k, v in keys.items()))
    return cfg


def busy(cli, name):
    t = cli.spawn("console", name)
    t.send("\r")
    t.expect("# ")
    t.send(BUSY)
    t.expect("# ")
    t.send("\x1d")


def used(cli, seconds, *names):
    """Seconds of CPU that each has used while one of them used so many."""
    before = {n: domains(cli)[n]["time_ns"] for n in names}
    diff = {}

    def enough():
        diff.update({n: (d["time_ns"] - before[n]) / 1e9 for n, d in domains(cli).items() if n in names})
        return max(diff.values()) > seconds
    wait_for("CPU time", enough, 120)
    return diff


def test_cap(cli, tmp_path):
    cli("up", shell_cfg(tmp_path, "capped", cap=20), shell_cfg(tmp_path, "free"))
    assert re.search(r"^capped .* 100 +20 ", cli("list", "-v").stdout, re.M)
    assert domains(cli)["capped"]["cap"] == 20 and domains(cli)["free"]["cap"] == 0
    busy(cli, "capped")
    start = cli.json("info")["uptime_seconds"]
    alone = used(cli, 2, "capped")["capped"] / (cli.json("info")["uptime_seconds"] - start)
    assert alone > 0.5, "alone it may have what nobody wants"
    busy(cli, "free")
    t = used(cli, 4, "capped", "free")
    assert 0.15 < t["capped"] / sum(t.values()) < 0.28, t
    t = cli.spawn("console", "capped")  # it answers all the same
    t.send("\recho six $((2 * 3))\r")
    t.expect("six 6")
    t.send("\x1d")
    cli("check")


def test_bad_cap_is_named(cli, tmp_path):
    p = cli("run", shell_cfg(tmp_path, "x", cap=101), check=False)
    assert p.returncode != 0 and "x.cfg:5: cap: '101' is not a number from 0 to 100" in p.stderr
