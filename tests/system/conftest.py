# SPDX-License-Identifier: GPL-2.0-only
"""System tests drive build/tagma as a person would. Every wait is for output, with a
generous limit; nothing sleeps for time to pass."""
import json
import os
import pathlib
import re
import subprocess
import tempfile

import pexpect
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "x86"
TAGMA = str(ROOT / "build" / "tagma")
# Pools at their minimum (make test-system POOLS=min): all that is there is replaced all the time.
MINIMUM = "domains=4 spaces=8 threads=16 mappings=256 vtlb-pages=16"
POOLS = {"": "", "min": MINIMUM}[os.environ.get("TAGMA_POOLS", "")]
LIMIT = 480 if POOLS else 120


def with_pools(args, verbs=("up", "run")):
    """The arguments of a command that starts a machine, with POOLS before its own options:
    of a word given twice the hypervisor takes the last, so a test that sets a pool keeps it."""
    args = [str(a) for a in args]
    if not POOLS or not args or args[0] not in verbs or "--image" in args or "-N" in args:
        return args
    if "--cmdline" in args:
        i = args.index("--cmdline") + 1
        return args[:i] + [f"{POOLS} {args[i]}"] + args[i + 1:]
    return args[:1] + ["--cmdline", POOLS] + args[1:]


class Cli:
    """The tagma command with a runtime directory of its own."""

    def __init__(self, rundir):
        self.env = dict(os.environ, TAGMA_RUNTIME_DIR=str(rundir), LC_ALL="C")
        self.rundir = rundir

    def __call__(self, *args, input=None, check=True, timeout=LIMIT):
        p = subprocess.run([TAGMA, *with_pools(args)], input=input, env=self.env, cwd=ROOT,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                           text=True, errors="replace",
                           stdin=None if input is not None else subprocess.DEVNULL)
        if check and p.returncode != 0:
            raise AssertionError(f"tagma {' '.join(map(str, args))}: exit {p.returncode}\n"
                                 f"{p.stdout}\n{p.stderr}")
        return p

    def json(self, *args, **kw):
        return json.loads(self(*args, "--json", **kw).stdout)

    def spawn(self, *args):
        return pexpect.spawn(TAGMA, with_pools(args), env=self.env, cwd=str(ROOT),
                             timeout=LIMIT, encoding="utf-8", codec_errors="replace",
                             dimensions=(24, 200))

    def machines(self):
        return [m["name"] for m in self.json("machines")]

    def counters(self):
        return self.json("info")["counters"]

    def down_all(self):
        for name in self.machines():
            self("down", "-m", name, check=False)


@pytest.fixture
def cli():
    # Unix sockets want short paths, so not pytest's tmp_path.
    with tempfile.TemporaryDirectory(prefix="tg") as d:
        c = Cli(pathlib.Path(d))
        yield c
        c.down_all()


@pytest.fixture(scope="module")
def machine():
    """One machine for a module's tests, with linuxlike and rtos up."""
    with tempfile.TemporaryDirectory(prefix="tg") as d:
        c = Cli(pathlib.Path(d))
        c("up", "examples/linuxlike.cfg", "examples/rtos.cfg")
        yield c
        c.down_all()


@pytest.fixture(scope="module")
def bare():
    """One machine for a module's tests without other domains. For guests that cannot give way:
    they have no pager for what they map, or others know their threads by id."""
    with tempfile.TemporaryDirectory(prefix="tg") as d:
        c = Cli(pathlib.Path(d))
        c("up", "--cmdline", "spaces=64 threads=256 mappings=65536", "examples/example.cfg")
        c("destroy", "example")  # the first domain of all leaves srm a little larger
        yield c
        c.down_all()


@pytest.fixture
def testcfg(tmp_path):
    """linuxlike with the test programs in its initramfs."""
    cfg = tmp_path / "lx.cfg"
    cfg.write_text(f'''name = "lx"
kernel = "{BUILD}/guests/linuxlike.elf"
ramdisk = "{BUILD}/tests/initramfs.cpio"
memory = 64
''')
    return cfg


def plain(text):
    """Terminal output without carriage returns and escape sequences."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "")


def shell(cli, cfg, script, timeout=LIMIT):
    """Type a script into `tagma run`, return (exit code, output)."""
    p = cli("run", cfg, input=script, check=False, timeout=timeout)
    return p.returncode, plain(p.stdout), p.stderr
