# SPDX-License-Identifier: GPL-2.0-only
"""linuxlike's shell through `tagma run`, as a person types."""
import re
import time

from conftest import ROOT, plain, shell

STORY = """ls -l /bin | wc -l
seq 1 1000 | sort -rn | head -1
for i in 1 2 3; do (sleep 1; echo done $i) & done; wait
cat /proc/cpuinfo | head -3
exit
"""


def test_story_from_a_pipe(cli):
    code, out, err = shell(cli, "examples/linuxlike.cfg", STORY)
    lines = out.splitlines()
    assert code == 0, out + err
    assert any(re.fullmatch(r"\d{2,}", line) and int(line) > 100 for line in lines), out
    assert "1000" in lines
    for i in (1, 2, 3):
        assert any(line.endswith(f"done {i}") for line in lines), out
    assert re.search(r"^processor\s+: 0$", out, re.M)
    assert re.search(r"^vendor_id\s+: \S+", out, re.M)
    assert cli.machines() == [], "run leaves no machine behind"


def test_interactive_signals(cli):
    """^C ends the foreground job, ^Z stops it, fg resumes; the shell goes on."""
    t = cli.spawn("run", "examples/linuxlike.cfg")
    t.expect(r"# ")
    t.send("sleep 1000\r")
    t.expect("sleep 1000")
    t.send("\x03")
    t.expect(r"# ")
    t.send("echo status=$?\r")
    t.expect("status=130")
    t.expect(r"# ")
    t.send("sleep 1\r")
    t.send("\x1a")
    t.expect("Stopped")
    t.send("fg\r")
    t.expect("sleep 1")
    t.expect(r"# ")
    t.send("while :; do :; done\r")  # busy: only preemption gets the server in
    t.expect("done")
    t.send("\x03")
    t.expect(r"# ")
    t.send("echo al''ive\r")
    t.expect("alive")
    t.send("exit\r")
    t.expect(__import__("pexpect").EOF)
    t.close()
    assert t.exitstatus == 0


def test_wild_processes(cli, testcfg):
    """Each gets its signal; the shell goes on."""
    code, out, err = shell(cli, testcfg, "/root/wild all\n/root/wild pointers\necho shell lives\nexit\n")
    assert code == 0, out + err
    for name in ("null-read", "null-write", "null-jump", "cli", "hlt", "cr3", "inb", "outb", "int82",
                 "kernel-read", "top-read", "text-write", "stack"):
        assert f"{name}: killed by Segmentation fault" in out
    assert "divide: killed by Floating point exception" in out
    assert "ud2: killed by Illegal instruction" in out
    assert "int3: killed by Trace/breakpoint trap" in out
    assert "bus: killed by Bus error" in out
    assert out.count("-1 Bad address") == 9
    assert "shell lives" in out.splitlines()


def test_random_system_calls(cli, testcfg):
    """Processes without rights call anything with anything: all memory comes back."""
    free = "free | sed -n 's/^Mem: *[0-9]* *\\([0-9]*\\).*/used \\1/p'\n"
    code, out, err = shell(cli, testcfg, "cd /root; ls > /dev/null\n" + free +
                           "/root/syscalls 1 40 >/tmp/out 2>&1; tail -n 1 /tmp/out; rm -rf /tmp/*; sleep 1\n" +
                           free + "exit\n")
    assert code == 0, out + err
    assert "syscalls: survived" in out.splitlines()
    used = [int(n) for n in re.findall(r"^used (\d+)$", out, re.M)]
    assert len(used) == 2 and used[1] - used[0] < 256, out


def test_exit_code_of_a_crash(cli, testcfg):
    """A domain that dies by its own fault makes `run` fail."""
    testcfg.write_text(testcfg.read_text() + 'cmdline = "init=/no/such/program"\n')
    p = cli("run", testcfg, check=False)
    assert p.returncode != 0
    assert "/no/such/program" in plain(p.stdout + p.stderr)


def test_example_configs_run_as_they_are(cli):
    for cfg in sorted((ROOT / "examples").glob("*.cfg")):
        assert cli("run", "-N", cfg).returncode == 0


def test_wall_clock(cli):
    """The guest's date is the machine's, and so the host's."""
    before = time.time()
    _, out, _ = shell(cli, "examples/linuxlike.cfg", "date +now=%s\nexit\n")
    now = int(re.search(r"^now=(\d+)$", out, re.M).group(1))
    assert before - 2 <= now <= time.time() + 2
