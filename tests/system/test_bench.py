# SPDX-License-Identifier: GPL-2.0-only
"""Benchmarks: every figure is there, and figures in instructions repeat exactly."""
import json
import subprocess
import sys

import pytest

from conftest import LIMIT, ROOT

sys.path.insert(0, str(ROOT / "tests" / "bench"))
import machine  # noqa: E402
import run  # noqa: E402


def test_smoke():
    p = subprocess.run(["/usr/bin/python3", "-B", "tests/bench/run.py", "--smoke"], cwd=ROOT,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT)
    assert p.returncode == 0, p.stdout
    assert "all there and positive" in p.stdout


def test_two_runs_agree():
    found = run.exact(16)
    # No measurement can cost nothing, and a message between spaces is dearer than inside one.
    assert found["ipc.short.intra"]["value"] < found["ipc.short.large_large"]["value"]
    assert found["ipc.short.large_large.round_trip"]["counters"]["switch.cr3_load"] == 2
    assert found["flush.100"]["counters"]["mapdb.unmap"] == 100


def test_a_missing_figure_is_an_error():
    found = {name: {"value": 1, "min": 1} for name in run.FIGURES}
    run.check_names(found)
    del found["map.1"]
    with pytest.raises(machine.BenchError, match="map.1"):
        run.check_names(found)
    found["map.1"] = {"value": 0, "min": 0}
    with pytest.raises(machine.BenchError, match="not positive"):
        run.check_names(found)


def test_figures_of_bench_json_are_whole():
    path = ROOT / "build" / "bench" / "bench.json"
    if not path.exists():
        pytest.skip("make bench was not run")
    for f in json.loads(path.read_text())["figures"]:
        assert {"name", "arch", "value", "unit", "kind", "counters"} <= f.keys()
        assert f["kind"] in ("instructions", "modelled", "wall", "count") and f["value"] > 0
