#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A stand-in for QEMU, hypervisor and srm: speaks docs/protocol.md on the line that QEMU's
arguments name, so that the CLI and its daemon are tested without a machine. Written from the
protocol's description, not with its C code: the two check each other.

FAKE_MODE: mute (never says a word), die (exits at once), lossy (drops and garbles frames),
halt (dies when asked for sysinfo), deaf (does not power off).
A guest answers each line in capitals; it knows quit, crash, reboot, flood N, sink."""
import binascii
import hashlib
import os
import random
import select
import socket
import struct
import sys
import time

MODE = os.environ.get("FAKE_MODE", "")
HELLO, LIST, CREATE, DESTROY, PAUSE, UNPAUSE, SHUTDOWN, RENAME, SYSINFO, COUNTERS, DMESG, VCPUS, \
    CHECK, POWEROFF, ATTACH, DETACH, UPLOAD, UPLOAD_DROP = range(1, 19)
EV_LOG, EV_CREATED, EV_SHUTDOWN, EV_DESTROYED, EV_RESTARTED, EV_PAUSED, EV_UNPAUSED, EV_RENAMED = range(1, 9)
RUNNING, BLOCKED, PAUSED, SHUT, CRASHED, DYING, GONE = (1 << i for i in range(7))
ESRCH, EINVAL, ENOENT, EEXIST, EILSEQ = 3, 22, 2, 17, 84
WINDOW, CHUNK, RESEND = 4096, 512, 0.3


class Failure(Exception):
    def __init__(self, status, text):
        self.status, self.text = status, text


def string(s):
    b = s.encode()
    return struct.pack("<H", len(b)) + b


class Reader:
    def __init__(self, data):
        self.data, self.pos = data, 0

    def get(self, fmt):
        v = struct.unpack_from("<" + fmt, self.data, self.pos)
        self.pos += struct.calcsize("<" + fmt)
        return v if len(v) > 1 else v[0]

    def bytes(self, n):
        self.pos += n
        return self.data[self.pos - n:self.pos]

    def string(self):
        return self.bytes(self.get("H")).decode()


class Domain:
    def __init__(self, domid, name, mem_kb, actions=(0, 1, 0)):
        self.domid, self.name, self.mem_kb, self.actions = domid, name, mem_kb, actions
        self.state, self.reason, self.gone = BLOCKED, 0, False
        self.out, self.line, self.sink = b"", b"", False
        self.attached, self.una, self.nxt, self.limit, self.sent = False, 0, 0, 0, 0.0
        self.eof_sent = False
        self.in_next = 0


def fdt_domains(path):
    """(name, memory in KB) of the xen,domain nodes but srm's, by a walk over the raw tree."""
    d = open(path, "rb").read()
    off, strings = struct.unpack_from(">II", d, 8)
    nodes, done = [], []
    while True:
        tag, = struct.unpack_from(">I", d, off)
        off += 4
        if tag == 1:
            end = d.index(b"\0", off)
            nodes.append({})
            off = (end + 4) & ~3
        elif tag == 2:
            done.append(nodes.pop())
        elif tag == 3:
            size, name = struct.unpack_from(">II", d, off)
            key = d[strings + name:d.index(b"\0", strings + name)].decode()
            nodes[-1][key] = d[off + 8:off + 8 + size]
            off = (off + 8 + size + 3) & ~3
        elif tag == 9:
            break
    return [(n["domain-name"].rstrip(b"\0").decode(), struct.unpack(">Q", n["memory"])[0])
            for n in done if n.get("compatible") == b"xen,domain\0" and n["domid"] != b"\0\0\0\0"]


class Target:
    def __init__(self, com1, com2, image):
        self.com1, self.com2 = com1, com2
        self.rx, self.seq, self.rnd = b"", 0, random.Random(1)
        self.domains, self.answers, self.uploads, self.next_upload = [], {}, {}, 1
        self.boot = time.monotonic()
        self.frames = 0
        self.log("Tagma (fake)\n")
        for name, mem in fdt_domains(image):
            if name == "toobig":
                self.event(EV_LOG, text="toobig: memory: not that much is free")
            else:
                self.start(name, mem)
        self.event(EV_LOG, text="ready")

    def log(self, text):
        self.com1.sendall(text.encode())

    # --- frames
    def send(self, channel, payload):
        head = struct.pack("<2sHHH", b"\xa7T", channel, self.seq & 0xffff, len(payload))
        crc = binascii.crc32(payload, binascii.crc32(head + b"\0\0\0\0"))
        frame = bytearray(head + struct.pack("<I", crc) + payload)
        self.seq += 1
        if MODE == "lossy":
            what = self.rnd.randrange(20)
            if what == 0:
                return
            if what == 1:
                frame[self.rnd.randrange(len(frame))] ^= 0x10
        self.com2.sendall(frame)

    def receive(self, data):
        self.rx += data
        while True:
            at = self.rx.find(b"\xa7T")
            self.rx = self.rx[at:] if at >= 0 else self.rx[-1:]
            if len(self.rx) < 12 or at < 0:
                return
            channel, _, size = struct.unpack_from("<HHH", self.rx, 2)
            if size > 2048:
                self.rx = self.rx[1:]
                continue
            if len(self.rx) < 12 + size:
                return
            crc, = struct.unpack_from("<I", self.rx, 8)
            payload = self.rx[12:12 + size]
            if crc != binascii.crc32(payload, binascii.crc32(self.rx[:8] + b"\0\0\0\0")):
                self.rx = self.rx[1:]
                continue
            self.rx = self.rx[12 + size:]
            self.frames += 1
            if MODE == "lossy" and self.rnd.randrange(20) == 0:
                continue
            self.frame(channel, payload)

    def frame(self, channel, payload):
        if channel == 0:
            self.request(payload)
        elif channel == 2:
            self.upload_data(payload)
        elif channel >= 16:
            self.console(channel - 16, payload)

    def event(self, kind, domid=0, arg=0, action=0, text=""):
        self.send(1, struct.pack("<HHII", kind, action, domid, arg) + string(text))

    # --- domains
    def find(self, domid, gone=False):
        for d in self.domains:
            if d.domid == domid and (gone or not d.gone):
                return d
        raise Failure(ESRCH, f"no domain {domid}")

    def start(self, name, mem_kb, actions=(0, 1, 0)):
        d = Domain(len(self.domains) + 1, name, mem_kb, actions)
        self.domains.append(d)
        d.out += f"{name} says hello\r\n".encode()
        self.event(EV_CREATED, d.domid, text=name)
        return d

    def end(self, d, reason):
        action = d.actions[{0: 0, 1: 1}.get(reason, 2)]
        d.state, d.reason = SHUT | (CRASHED if reason == 3 else 0), reason
        self.event(EV_SHUTDOWN, d.domid, reason, action, d.name)
        if action == 2:
            return
        d.gone = True
        if action == 1:
            new = self.start(d.name, d.mem_kb, d.actions)
            self.event(EV_RESTARTED, d.domid, new.domid, 0, d.name)
        else:
            self.event(EV_DESTROYED, d.domid, reason + 1, 0, d.name)

    def typed(self, d, data):
        for b in data:
            if b not in b"\r\n":
                d.line += bytes([b])
                continue
            word, d.line = d.line.decode(errors="replace"), b""
            if word == "sink":
                d.sink = True
            elif word.startswith("flood "):
                d.out += b"".join(b"%08d flood\r\n" % i for i in range(int(word[6:])))
            elif word in ("quit", "crash", "reboot"):
                d.out += b"bye\r\n"
                self.end(d, {"quit": 0, "reboot": 1, "crash": 3}[word])
            else:
                d.out += word.upper().encode() + b"\r\n"

    # --- streams
    def console(self, domid, payload):
        r = Reader(payload)
        kind, _, _, _, pos, window = r.get("BBHIQI")
        d = next((d for d in self.domains if d.domid == domid), None)
        if not d:
            return
        if kind == 1:
            if d.una <= pos <= len(d.out):
                d.una, d.nxt, d.limit = pos, max(d.nxt, pos), pos + window
            return
        data = payload[r.pos:]
        if not d.gone and pos <= d.in_next < pos + len(data) and not d.sink:
            data = data[d.in_next - pos:][:1024]
            d.in_next += len(data)
            self.typed(d, data)
        self.send(16 + domid, struct.pack("<BBHIQI", 1, 0, 0, 0, d.in_next, 0 if d.sink else 1024))

    def pump(self, d, now):
        if not d.attached:
            return
        if d.nxt != d.una and now - d.sent > RESEND:
            d.nxt = d.una
        if d.gone and d.eof_sent and d.una != len(d.out) + 0 and now - d.sent > RESEND:
            d.eof_sent = False
        n = min(len(d.out), d.limit, d.nxt + CHUNK) - d.nxt
        eof = d.gone and d.nxt + max(n, 0) == len(d.out)
        if n <= 0 and not (eof and (not d.eof_sent or now - d.sent > RESEND)):
            return
        n = max(n, 0)
        self.send(16 + d.domid, struct.pack("<BBHIQI", 0, 1 if eof else 0, 0, 0, d.nxt, 0)
                  + d.out[d.nxt:d.nxt + n])
        d.nxt, d.sent, d.eof_sent = d.nxt + n, now, eof

    def upload_data(self, payload):
        r = Reader(payload)
        _, _, _, uid, pos, _ = r.get("BBHIQI")
        up = self.uploads.get(uid)
        if not up:
            return
        if pos == len(up["data"]):
            up["data"] += payload[r.pos:]
        self.send(2, struct.pack("<BBHIQI", 1, 0, 0, uid, len(up["data"]), WINDOW))

    # --- requests
    def request(self, payload):
        r = Reader(payload)
        rid, op, _ = r.get("IHH")
        if rid not in self.answers:
            try:
                status, body = 0, self.run(op, r)
            except Failure as f:
                status, body = f.status, string(f.text)
            self.answers[rid] = struct.pack("<IHH", rid, op | 0x8000, status) + body
        self.send(0, self.answers[rid])
        if op == POWEROFF and MODE != "deaf":
            sys.exit(0)

    def run(self, op, r):
        if op == HELLO:
            version, session = r.get("II")
            for d in self.domains:
                d.attached = False
            return struct.pack("<II", version, session) + string("fake srm")
        if op == LIST:
            return self.list(r.get("I"))
        if op == CREATE:
            return self.create(r)
        if op in (DESTROY, PAUSE, UNPAUSE):
            d = self.find(r.get("I"))
            if op == DESTROY:
                d.gone = True
                self.event(EV_DESTROYED, d.domid, 0, 0, d.name)
            else:
                d.state = PAUSED if op == PAUSE else BLOCKED
            return b""
        if op == SHUTDOWN:
            domid, reboot = r.get("II")
            self.end(self.find(domid), 1 if reboot else 0)
            return b""
        if op == RENAME:
            d = self.find(r.get("I"))
            d.name = r.string()
            self.event(EV_RENAMED, d.domid, text=d.name)
            return b""
        if op == SYSINFO:
            if MODE == "halt":
                self.log("PANIC: fake\n")
                os._exit(7)
            up = int((time.monotonic() - self.boot) * 1e9)
            return string("fake 1") + string("caps") + string("cpu") + string("opts") + struct.pack(
                "<IIQQQIIIQQQQ", 1, 1000000, 262144, 131072, 0, len(self.domains), 16, 4, up, self.frames, 0, 0)
        if op == COUNTERS:
            first = r.get("I")
            return struct.pack("<II", 1, 0 if first else 1) + string(f"counter.{first}") + struct.pack("<Q", first + 40)
        if op == DMESG:
            index, _ = r.get("II")
            text = b"one\ntwo \x1b[31m\xff\n" if index == 0 else b"three\n" if index == 1 else b""
            return struct.pack("<IH", index + 1, len(text)) + text
        if op == VCPUS:
            self.find(r.get("I"))
            return struct.pack("<IIIIIIQ", 1, 0, 0, 1, 1, 0, 5 * 10**9)
        if op == CHECK:
            raise Failure(EILSEQ, "hypervisor: an invariant is broken")
        if op == ATTACH:
            d = self.find(r.get("I"), gone=True)
            d.una = d.nxt = min(r.get("Q"), len(d.out))
            d.attached, d.limit, d.eof_sent = True, d.una, False
            return struct.pack("<IQQQI", d.domid, d.una, len(d.out), d.in_next, 1024)
        if op == UPLOAD:
            r.get("I")
            size, sha, name = r.get("I"), r.bytes(32), r.string()
            if name == "refused.elf":
                raise Failure(EINVAL, "srm: no memory for refused.elf")
            uid, self.next_upload = self.next_upload, self.next_upload + 1
            self.uploads[uid] = dict(size=size, sha=sha, data=b"")
            return struct.pack("<II", uid, size) + sha + string(name) + struct.pack("<I", WINDOW)
        if op == POWEROFF:
            return b""
        if op == UPLOAD_DROP:
            self.uploads.pop(r.get("I"), None)
            return b""
        raise Failure(EINVAL, f"op {op}?")

    def list(self, first):
        # Pages of two, to have pages at all.
        all_ = [Domain(0, "srm", 8192)] + self.domains
        page, rest = all_[first:first + 2], all_[first + 2:]
        out = struct.pack("<II", len(page), first + 2 if rest else 0)
        for d in page:
            out += struct.pack("<I", d.domid) + string(d.name) + struct.pack(
                "<IIQQIIIQQQQ", GONE if d.gone else d.state, d.reason, d.mem_kb, d.mem_kb, 1, 100, 0,
                1500000000 * d.domid, 0, len(d.out), 0)
        return out

    def create(self, r):
        name, (mem, *_) = r.string(), r.get("IIIIQQ")
        *actions, paused = r.get("BBBB")
        kernel, ramdisk = r.get("II")
        for uid in (kernel, ramdisk):
            up = self.uploads.pop(uid, None)
            if uid and (not up or len(up["data"]) != up["size"] or
                        hashlib.sha256(up["data"]).digest() != up["sha"]):
                raise Failure(EINVAL, f"{name}: kernel: sha256 does not match")
        if any(d.name == name and not d.gone for d in self.domains):
            raise Failure(EEXIST, f"{name}: name: is in use")
        d = self.start(name, mem, actions)
        d.state = PAUSED if paused else BLOCKED
        d.out += b"cmdline " + r.string().encode() + b"\r\n"
        return struct.pack("<I", d.domid)

    def loop(self):
        while True:
            for d in self.domains:
                for _ in range(8):
                    self.pump(d, time.monotonic())
            if select.select([self.com2], [], [], 0.01)[0]:
                data = self.com2.recv(65536)
                if not data:
                    sys.exit(0)
                self.receive(data)


def connect(argv, name):
    arg = next(a for a in argv if a.startswith(f"socket,id={name},path="))
    s = socket.socket(socket.AF_UNIX)
    s.connect(arg.split("path=")[1].replace(",,", ","))
    return s


def main():
    if MODE == "die":
        print("fake QEMU: no such accelerator", file=sys.stderr)
        sys.exit(3)
    com1, com2 = connect(sys.argv, "com1"), connect(sys.argv, "com2")
    if MODE == "mute":
        com1.sendall(b"hello from the hypervisor\nPANIC: early\n")
        while True:
            time.sleep(60)
    Target(com1, com2, sys.argv[sys.argv.index("-initrd") + 1]).loop()


main()
