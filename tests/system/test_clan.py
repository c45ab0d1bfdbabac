# SPDX-License-Identifier: GPL-2.0-only
"""Two clans whose chiefs carry calls between them: remote IPC without a network."""
import re

from conftest import BUILD, plain
from test_toolstack import domains, wait_for


def clan(tmp_path, name, cmdline):
    cfg = tmp_path / f"{name}.cfg"
    cfg.write_text(f'name = "{name}"\nkernel = "{BUILD}/guests/test-clan.elf"\nmemory = 8\n'
                   f'cmdline = "{cmdline}"\non_poweroff = "preserve"\non_crash = "preserve"\n')
    return cfg


def test_remote_ipc_between_clans(bare, tmp_path):
    bare("create", clan(tmp_path, "clan-b", "role=server"))
    ids = r"clan: (server=\d+ chief=\d+)"
    wait_for("clan-b", lambda: re.search(ids, plain(bare("console", "--dump", "clan-b").stdout)))
    told = re.search(ids, plain(bare("console", "--dump", "clan-b").stdout)).group(1)
    bare("create", clan(tmp_path, "clan-a", f"role=client {told} calls=200"))
    wait_for("end of clan-a", lambda: domains(bare)["clan-a"]["state"][3] == "s"
             or domains(bare)["clan-a"]["state"][4] == "c", 120)
    out = plain(bare("console", "--dump", "clan-a").stdout)
    assert "not ok" not in out and re.search(r"^1\.\.\d+", out, re.M), out
    bare("check")
    for name in ("clan-a", "clan-b"):
        bare("destroy", name)
    bare("check")
