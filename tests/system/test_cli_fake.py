# SPDX-License-Identifier: GPL-2.0-only
"""The CLI and its daemon against a stand-in for the machine (fake_target.py): what can be
tested without a hypervisor is tested without, and what a good machine never does too."""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time

import pexpect
import pytest

from conftest import BUILD, ROOT, TAGMA, Cli, plain

FAKE = ROOT / "tests" / "system" / "fake_target.py"
KERNEL = BUILD / "guests" / "example.elf"


class Fake(Cli):
    def __init__(self, rundir):
        super().__init__(rundir)
        self.env["TAGMA_QEMU"] = str(FAKE)

    def cfg(self, name, **keys):
        path = self.rundir / f"{name}.cfg"
        base = dict(name=name, kernel=str(KERNEL), memory=8)
        base.update(keys)
        path.write_text("".join(f"{k} = {json.dumps(v)}\n" for k, v in base.items()))
        return path

    def state(self, machine="default"):
        return json.loads((self.rundir / machine / "state.json").read_text())


@pytest.fixture
def fake():
    with tempfile.TemporaryDirectory(prefix="tg") as d:
        c = Fake(pathlib.Path(d))
        yield c
        c.env.pop("FAKE_MODE", None)
        c.down_all()


@pytest.fixture
def up(fake):
    fake("up", fake.cfg("one"))
    return fake


def alive(pid):
    try:
        return open(f"/proc/{pid}/stat").read().rsplit(")")[1].split()[0] != "Z"
    except OSError:
        return False


def until(what, fn, limit=30):
    end = time.monotonic() + limit
    while not fn():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def one_line(p, *words, code=1):
    assert p.returncode == code, p.stderr
    assert len(p.stderr.strip().splitlines()) == 1, p.stderr
    for w in words:
        assert w in p.stderr


# --- machines

def test_up_and_down(fake):
    fake("up")
    (m,) = fake.json("machines")
    assert (m["name"], m["state"], m["accel"], m["boot"], m["memory_mb"]) == (
        "default", "up", m["accel"], "direct", 256)
    assert oct((fake.rundir / "default").stat().st_mode & 0o777) == "0o700"
    state = fake.state()
    one_line(fake("up", check=False), "default", "already up")
    fake("down")
    assert fake.machines() == []
    assert not (fake.rundir / "default").exists()
    until("its processes are gone", lambda: not alive(state["qemu"]["pid"]) and not alive(state["daemon"]["pid"]))
    one_line(fake("down", check=False), "not up")


def test_several_by_name(fake):
    fake("up", "-m", "a", fake.cfg("one"))
    fake("-m", "b", "up")
    assert fake.machines() == ["a", "b"]
    assert len(fake.json("list", "-m", "a")) == 2 and len(fake.json("list", "-m", "b")) == 1
    fake("down", "-m", "a")
    assert fake.machines() == ["b"]


@pytest.mark.parametrize("name", ["", ".x", "a/b", "x" * 41, "../x"])
def test_bad_machine_names(fake, name):
    one_line(fake("-m", name, "up", check=False), "no name for a machine")


def test_qemu_that_dies_tells_why(fake):
    fake.env["FAKE_MODE"] = "die"
    p = fake("up", check=False)
    assert p.returncode == 1 and "status 3" in p.stderr and "no such accelerator" in p.stderr
    assert not (fake.rundir / "default").exists()


def test_silent_machine_shows_its_log(fake):
    fake.env["FAKE_MODE"] = "mute"
    p = fake("up", "--timeout", "1", check=False)
    assert p.returncode == 1 and "no word from srm for 1 s" in p.stderr
    assert "hv.log: PANIC: early" in p.stderr
    assert not (fake.rundir / "default").exists()


def test_machine_that_dies_later_is_cleaned_up(up):
    up.env["FAKE_MODE"] = "halt"
    up("down")
    up("up", up.cfg("one"))
    state = up.state()
    one_line(up("info", check=False), "the machine ended")
    until("its daemon ends", lambda: not alive(state["daemon"]["pid"]))
    assert [m["state"] for m in up.json("machines")] == ["dead"]
    p = up("list", check=False)
    assert p.returncode == 1
    assert "is dead (QEMU exited with status 7); cleaned up" in p.stderr and "PANIC: fake" in p.stderr
    assert up.machines() == []


def test_killed_daemon_takes_its_machine_along(up):
    state = up.state()
    os.kill(state["daemon"]["pid"], signal.SIGKILL)
    until("QEMU follows", lambda: not alive(state["qemu"]["pid"]))
    up.env["FAKE_MODE"] = ""
    p = up("up", up.cfg("one"))
    assert "its daemon is gone" in p.stderr
    assert len(up.json("list")) == 2


def test_recycled_pid_is_left_alone(up):
    """State that names a stranger's process, as after a reboot of the host."""
    state = up.state()
    stranger = subprocess.Popen(["sleep", "100"])
    try:
        os.kill(state["daemon"]["pid"], signal.SIGKILL)
        until("QEMU follows", lambda: not alive(state["qemu"]["pid"]))
        state["qemu"]["pid"] = stranger.pid
        (up.rundir / "default" / "state.json").write_text(json.dumps(state))
        up("list", check=False)
        assert up.machines() == [] and stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_machine_that_does_not_power_off_is_ended(fake):
    fake.env["FAKE_MODE"] = "deaf"
    fake("up")
    pid = fake.state()["qemu"]["pid"]
    fake("down")
    assert not alive(pid) and fake.machines() == []


def test_foreign_runtime_directory_is_refused(fake):
    own = fake.env["TAGMA_RUNTIME_DIR"]
    (fake.rundir / "link").symlink_to("/tmp")
    fake.env["TAGMA_RUNTIME_DIR"] = str(fake.rundir / "link")
    one_line(fake("up", check=False), "not a directory of yours")
    fake.env["TAGMA_RUNTIME_DIR"] = own


# --- queries

def test_list_has_xls_columns(up):
    out = up("list").stdout.splitlines()
    assert out[0] == "Name                                        ID   Mem VCPUs\tState\tTime(s)"
    assert out[1] == "srm                                          0     8     1     -b----       0.0"
    assert out[2] == "one                                          1     8     1     -b----       1.5"
    assert up("list", "one").stdout.splitlines()[1:] == out[2:]
    assert up("list", "1").stdout.splitlines()[1:] == out[2:]


def test_list_of_several_pages(up):
    for i in range(5):
        up("create", up.cfg(f"d{i}"))
    assert [d["name"] for d in up.json("list")] == ["srm", "one", "d0", "d1", "d2", "d3", "d4"]


def test_vcpu_list_columns(up):
    out = up("vcpu-list", "one").stdout.splitlines()
    assert out[0] == "Name                                ID  VCPU   CPU State   Time(s) Affinity (Hard / Soft)"
    assert out[1] == "one                                  1     0    0   -b-       5.0  all / all"


def test_other_queries(up):
    assert up("domid", "one").stdout == "1\n" and up("domname", "1").stdout == "one\n"
    info = up("info").stdout
    assert re.search(r"^free_memory +: 128$", info, re.M) and re.search(r"^nr_cpus +: 1$", info, re.M)
    j = up.json("info")
    assert j["total_memory_kb"] == 262144 and j["counters"] == {"counter.0": 40, "counter.1": 41}
    assert "counter.1" in up("info", "-v").stdout
    assert up.json("uptime")["uptime_seconds"] > 0
    top = up("top", "-b", "-i", "2", "-d", "1").stdout
    assert top.count("tagma top - up") == 2 and re.search(r"^one\s+-b----", top, re.M)
    one_line(up("check", check=False), "invariant")


def test_log_cannot_drive_the_terminal(up):
    assert up("dmesg").stdout == "one\ntwo ?[31m?\nthree\n"
    assert up.json("dmesg")["lines"] == ["one", "two ?[31m?", "three"]
    assert "Tagma (fake)" in up("dmesg", "--serial").stdout


def test_no_such_domain(up):
    for verb in ("destroy", "pause", "unpause", "shutdown", "reboot", "console", "domid", "list", "vcpu-list"):
        one_line(up(verb, "nobody", check=False), "nobody")


def test_usage_errors(fake):
    for args in (["frob"], [], ["list", "--frob"], ["create"], ["domid"], ["up", "--memory", "lots"],
                 ["rename", "a"], ["down", "x"], ["top", "-d", "0"], ["up", "--machine", "vax"]):
        p = fake(*args, check=False)
        assert p.returncode == 2, args
    assert "vax" in fake("up", "--machine", "vax", check=False).stderr


def test_help_teaches(fake):
    verbs = re.findall(r"^  ([a-z-]+) ", fake("help").stdout.split("Options")[0], re.M)
    assert len(verbs) >= 24
    for v in verbs:
        text = fake("help", v).stdout
        assert text == fake(v, "--help").stdout
        assert text.startswith("Usage: tagma") and f"tagma {v}" in text.replace("-m second ", "")


# --- domains

def test_create_sends_the_image_whole(up):
    big = up.rundir / "big.img"
    big.write_bytes(os.urandom(700_001))
    up("create", up.cfg("two", ramdisk=str(big), cmdline="x y", memory=16))  # the fake checks hashes
    assert "cmdline x y" in up("console", "--dump", "two").stdout
    one_line(up("create", up.cfg("two"), check=False), "two", "in use")


def test_create_over_a_lossy_line(fake):
    fake.env["FAKE_MODE"] = "lossy"
    fake("up", fake.cfg("one"))
    big = fake.rundir / "big.img"
    big.write_bytes(os.urandom(60_000))
    fake("create", fake.cfg("two", ramdisk=str(big)))
    assert {d["name"] for d in fake.json("list")} == {"srm", "one", "two"}


def test_refused_upload(up):
    refused = up.rundir / "refused.elf"
    refused.write_bytes(KERNEL.read_bytes())
    one_line(up("create", up.cfg("two", kernel=str(refused)), check=False), "two", "refused.elf", "no memory")
    assert len(up.json("list")) == 2


def test_create_overrides(up):
    up("create", up.cfg("two"), 'name="three"', "memory=12")
    assert {d["name"]: d["memory_kb"] for d in up.json("list")}["three"] == 12 * 1024
    one_line(up("create", up.cfg("two"), "memroy=12", check=False), "command line", "memroy")
    assert up("create", up.cfg("two"), "nonsense", check=False).returncode == 2


def test_errors_name_file_and_line(up):
    one_line(up("create", up.cfg("x", vif="y"), check=False), "x.cfg:4", "unknown key 'vif'")
    one_line(up("create", up.rundir / "none.cfg", check=False), "none.cfg")
    one_line(up("create", up.cfg("x", kernel="/none"), check=False), "/none", "x.cfg")
    cut = up.rundir / "cut.elf"
    cut.write_bytes(KERNEL.read_bytes()[:4200])
    one_line(up("create", up.cfg("x", kernel=str(cut)), check=False), "cut.elf")
    one_line(up("create", up.cfg("x", memory=0), check=False), "x.cfg:3", "memory")
    assert len(up.json("list")) == 2


def test_life_of_a_domain(up):
    up("create", "-p", up.cfg("two"))
    state = lambda: {d["name"]: d["state"] for d in up.json("list")}
    assert state()["two"] == "--p---"
    up("unpause", "two")
    assert state()["two"] == "-b----"
    up("pause", "2")
    assert state()["two"] == "--p---"
    up("rename", "two", "zwei")
    assert "zwei" in state() and "two" not in state()
    up("destroy", "zwei")
    assert "zwei" not in state()
    up("reboot", "-w", "one")
    assert up("domid", "one").stdout == "3\n"
    up("shutdown", "-w", "-a")
    assert list(state()) == ["srm"]


def test_dry_runs_change_nothing(up):
    assert "would destroy domain 'one'" in up("-N", "destroy", "one").stdout
    assert "would shutdown" in up("shutdown", "-N", "one").stdout
    assert "would power off" in up("-N", "down").stdout
    j = json.loads(up("create", "-N", up.cfg("two", memory=24)).stdout)
    assert j["domain"]["memory"] == 24 and j["kernel_bytes"] == KERNEL.stat().st_size
    assert [d["name"] for d in up.json("list")] == ["srm", "one"]
    j = json.loads(up("run", "-N", "--memory", "64", "--icount", "--qemu-arg=-snapshot", up.cfg("a,b".replace(",", "-"))).stdout)
    assert j["domains"][0]["name"] == "a-b" and "-icount" in j["qemu"] and j["qemu"][-1] == "-snapshot"
    assert j["qemu"][j["qemu"].index("-m") + 1] == "64" and j["command"].startswith(str(FAKE))
    assert up.machines() == ["default"]


# --- consoles

def test_run_feeds_a_script_and_ends(fake):
    p = fake("run", fake.cfg("one"), input="hello\nquit\n")
    assert plain(p.stdout) == "one says hello\nHELLO\nbye\n"
    assert fake.machines() == []


@pytest.mark.parametrize("word,action,code", [("quit", "destroy", 0), ("quit", "preserve", 0),
                                              ("crash", "destroy", 3), ("crash", "preserve", 3)])
def test_run_exit_codes(fake, word, action, code):
    cfg = fake.cfg("one", on_poweroff=action, on_crash=action)
    if action == "preserve":
        # Boot images tell actions to srm, not to the fake: create instead.
        fake("up")
        p = fake("create", "-c", cfg, input=f"{word}\n", check=False)
        assert fake.json("list")[1]["state"][3] == "s"
    else:
        p = fake("run", cfg, input=f"{word}\n", check=False)
        assert fake.machines() == []
    assert p.returncode == code and plain(p.stdout).endswith("bye\n")
    assert ("crashed" in p.stderr) == (code == 3)


def test_run_loses_nothing_either_way(fake):
    lines = "".join(f"line {i}\n" for i in range(20000))
    p = fake("run", fake.cfg("one"), input=lines + "flood 30000\nquit\n")
    want = "one says hello\n" + lines.upper() + "".join(f"{i:08} flood\n" for i in range(30000)) + "bye\n"
    assert plain(p.stdout) == want


def test_run_over_a_lossy_line(fake):
    fake.env["FAKE_MODE"] = "lossy"
    p = fake("run", fake.cfg("one"), input="flood 1000\nquit\n")
    assert plain(p.stdout) == "one says hello\n" + "".join(f"{i:08} flood\n" for i in range(1000)) + "bye\n"


def test_run_follows_a_restart(fake):
    t = fake.spawn("run", fake.cfg("one"))
    t.expect("one says hello")
    t.send("reboot\r")
    t.expect("bye.*one says hello")
    t.send("quit\r")
    t.expect(pexpect.EOF)
    t.close()
    assert t.exitstatus == 0


def test_run_names_a_domain_that_did_not_start(fake):
    one_line(fake("run", fake.cfg("toobig"), check=False), "toobig", "not that much is free")
    assert fake.machines() == []


def test_slow_reader_holds_the_guest_not_the_daemon(up):
    up("create", up.cfg("two"))
    p = subprocess.Popen([TAGMA, "console", "two"], env=up.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    p.stdin.write(b"flood 300000\nquit\n")
    p.stdin.flush()
    for _ in range(3):
        assert len(up.json("list")) >= 2  # the machine answers others meanwhile
    out, _ = p.communicate(timeout=60)
    assert p.returncode == 0
    assert out.count(b"flood") == 300000 and out.endswith(b"bye\r\n")


def test_last_words_wait_for_a_slow_reader(up):
    """The domain is gone long before its output has been read: its window opens again all the same."""
    up("create", up.cfg("two"))
    p = subprocess.Popen([TAGMA, "console", "two"], env=up.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    p.stdin.write(b"flood 300000\nquit\n")
    p.stdin.flush()
    while any(d["name"] == "two" for d in up.json("list")):
        pass
    for _ in range(100):  # meanwhile all that lies on the way fills up
        up.json("list")
    out, _ = p.communicate(timeout=60)
    assert p.returncode == 0
    assert out.count(b"flood") == 300000 and out.endswith(b"bye\r\n")


def test_input_that_nobody_takes_stops_the_sender(up):
    p = subprocess.Popen([TAGMA, "console", "one"], env=up.env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    os.set_blocking(p.stdin.fileno(), False)
    p.stdin.write(b"sink\n")
    p.stdin.flush()
    sent, quiet = 0, time.monotonic()
    while time.monotonic() - quiet < 1 and sent < 4 << 20:
        try:
            n = os.write(p.stdin.fileno(), b"x" * 4096)
            sent, quiet = sent + n, time.monotonic()
        except BlockingIOError:
            time.sleep(0.01)
    assert sent < 2 << 20, "input went nowhere without end"
    assert len(up.json("list")) == 2
    p.terminate()
    assert p.wait(30) == 128 + signal.SIGTERM


def test_console_leaves_with_escape_and_restores_the_terminal(up):
    t = pexpect.spawn("/bin/sh", ["-c", f"{TAGMA} console one; stty -a; echo left $?"], env=up.env,
                      encoding="utf-8", timeout=60)
    t.expect("one says hello")
    t.send("abc\r")
    t.expect("ABC")
    t.send("\x1d")
    t.expect(r"[^-]icanon")
    t.expect(r"[^-]echo ")
    t.expect("left 0")
    assert len(up.json("list")) == 2


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_console_restores_the_terminal_on_signals(up, sig):
    t = pexpect.spawn("/bin/bash", ["-c", f"{TAGMA} console one; stty -a; echo left"], env=up.env,
                      encoding="utf-8", timeout=60)
    t.expect("one says hello")
    pids = subprocess.run(["pgrep", "-P", str(t.pid), "-x", "tagma"], capture_output=True, text=True).stdout.split()
    os.kill(int(pids[0]), sig)
    t.expect(r"[^-]icanon")
    t.expect("left")


def test_run_left_with_escape_goes_on(fake):
    t = fake.spawn("run", "-m", "mine", fake.cfg("one"))
    t.expect("one says hello")
    t.send("\x1d")
    t.expect("tagma -m mine console one")
    t.expect(pexpect.EOF)
    assert fake.machines() == ["mine"]
    assert len(fake.json("list", "-m", "mine")) == 2


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGKILL])
def test_killed_run_takes_its_machine_along(fake, sig):
    p = subprocess.Popen([TAGMA, "run", str(fake.cfg("one"))], env=fake.env, stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE)
    assert p.stdout.readline() == b"one says hello\r\n"
    p.send_signal(sig)
    p.wait(30)
    until("the machine goes", lambda: fake.machines() == [])


def test_console_of_the_dead(up):
    up("create", "-c", up.cfg("two"), input="last words\ncrash\n", check=False)
    assert "two" not in {d["name"] for d in up.json("list")}
    for _ in range(2):
        assert plain(up("console", "--dump", "two").stdout).endswith("LAST WORDS\nbye\n")
    p = up("console", "two")
    assert plain(p.stdout).endswith("bye\n") and "has ended: crash" in p.stderr


def test_console_shows_what_nobody_has_seen(up):
    first = up("console", "--dump", "one").stdout
    assert plain(first) == "one says hello\n"
    t = up.spawn("console", "one")
    t.send("abc\r")
    t.expect("ABC")
    t.send("\x1d")
    t.expect(pexpect.EOF)
    t = up.spawn("console", "-a", "one")
    t.expect("one says hello.*ABC")


# --- boot images

def test_mkimage_is_readable_by_uboots_tools(fake):
    fit = fake.rundir / "x.fit"
    fake("mkimage", "-o", fit, "--cmdline", "opt=1", fake.cfg("one", ramdisk=str(KERNEL)))
    out = subprocess.run(["dumpimage", "-l", str(fit)], capture_output=True, text=True, check=True).stdout
    assert "Tagma boot image" in out and "RAMDisk Image" in out and out.count("sha256") == 3
    j = json.loads(fake("image", fit, "--json").stdout)
    assert j["ok"] and j["cmdline"] == "opt=1" and [d["name"] for d in j["domains"]] == ["srm", "one"]
    data = bytearray(fit.read_bytes())
    data[data.find(KERNEL.read_bytes()[:4096]) + 2000] ^= 1
    fit.write_bytes(data)
    p = fake("image", fit, check=False)
    assert p.returncode == 1 and "sha256 does not match" in p.stdout
    fit.write_bytes(data[:5000])
    one_line(fake("image", fit, check=False), "x.fit", "truncated")
    one_line(fake("up", "--image", fit, check=False), "x.fit", "truncated")
