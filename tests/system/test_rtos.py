# SPDX-License-Identifier: GPL-2.0-only
"""The real-time kernel: its primitives where they run, and what it reports of itself."""
import re

from conftest import BUILD, plain


def config(tmp_path, name, **keys):
    cfg = tmp_path / f"{name}.cfg"
    keys = {"name": name, "kernel": f"{BUILD}/guests/{name}.elf", "memory": 8, **keys}
    cfg.write_text("".join(f"{k} = {v}\n" if isinstance(v, int) else f'{k} = "{v}"\n' for k, v in keys.items()))
    return cfg


def test_primitives(cli, tmp_path):
    """Inheritance, deadlock, timeouts, queues, periods: guests/test-rtos."""
    p = cli("run", config(tmp_path, "test-rtos"))
    out = plain(p.stdout)
    assert "not ok" not in out
    assert re.search(r"^1\.\.23$", out, re.M), out


def test_report_at_the_end(cli, tmp_path):
    """Deterministic time: every period of two seconds is kept, and the table says how well."""
    cfg = config(tmp_path, "rtos", cmdline="tasks=fast:24:1000:50,slow:16:20000:1000 seconds=2")
    p = cli("run", "--icount", cfg)
    rows = {m[1]: m for m in re.finditer(r"^(fast|slow) +\d+ +(\d+) +(\d+) +(\d+) \|", plain(p.stdout), re.M)}
    assert set(rows) == {"fast", "slow"}, p.stdout
    assert int(rows["fast"][3]) in range(1990, 2002) and int(rows["slow"][3]) in range(98, 102)
    assert rows["fast"][4] == "0" and rows["slow"][4] == "0", "no overruns"


def test_bad_tasks_are_named(cli, tmp_path):
    p = cli("run", config(tmp_path, "rtos", cmdline="tasks=x:99:10:1"), check=False)
    assert p.returncode != 0
    assert "tasks=" in plain(p.stdout) and "x:99:10:1" in plain(p.stdout)
