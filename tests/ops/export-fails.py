#!/usr/bin/env python3
"""Exports that fail leave nothing behind: killed, stopped, no room, nowhere to write, a file that is
there, a source that shrinks; and images that are cut, missing or absurd make a core of what is left,
which says what is missing, or none.
timeout: 240
"""
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "criu"))
import _images as images  # noqa: E402
from _elfcore import Core  # noqa: E402

PROGRAM = os.path.abspath(os.environ.get("CRYOSCOPE", "build/cryoscope"))
PID, PAGE = 7, 4096
BASE = 0x10000000
failures = []


def expect(truth, *what):
    if not truth:
        failures.append(what)
        print("FAIL", *what)


def run(code, *args, **more):
    p = subprocess.run([PROGRAM, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=100,
                       **more)
    codes = code if isinstance(code, tuple) else (code,)
    expect(p.returncode in codes, args, "exit", p.returncode, "not", code, p.stderr[:300])
    return p.stderr.decode(errors="replace")


def core_message():
    gp = images.message(*[(n, n) for n in range(1, 28)], (28, 1))
    fp = images.message(*[(n, 0) for n in range(1, 9)])
    info = images.message((1, 0), (2, gp), (3, fp))
    tc = images.message((1, 1), (2, 0), (3, 0), (4, 0), (5, 0), (6, b"seven"))
    return images.message((1, 1), (2, info), (3, tc), (5, images.message((1, 0), (2, 0))))


def small(folder, vmas=None, runs=((BASE, 4),), pages=None, mm=True):
    vmas = [images.vma(BASE, BASE + 16 * PAGE, 3)] if vmas is None else vmas
    pages = b"".join(bytes([65 + n]) * PAGE for n in range(4)) if pages is None else pages
    images.make(folder, PID, {PID: core_message()}, images.mm(vmas) if mm else None, runs, pages)
    return folder


def large(folder, mib):
    """Real bytes now and then, holes between."""
    small(folder, [images.vma(BASE, BASE + (mib << 20), 3)], [(BASE, mib << 8)], b"")
    with open(folder + "/pages-1.img", "wb") as f:
        for n in range(0, mib, 4):
            f.seek(n << 20)
            f.write(b"page" * 1024)
        f.truncate(mib << 20)
    return folder


def empty(folder, *but):
    left = sorted(set(os.listdir(folder)) - set(but))
    expect(not left, "left behind:", left)


# ---- where it goes ----

def check_existing(tmp, out):
    source, path = small(tmp + "/small"), out + "/core"
    with open(path, "w") as f:
        f.write("precious")
    err = run(2, "export", source, "pid:7", "-o", path)
    expect("--force" in err and open(path).read() == "precious", "an existing file:", err)
    empty(out, "core")
    run(0, "export", source, "pid:7", "-o", path, "--force")
    expect(open(path, "rb").read(4) == b"\x7fELF", "--force did not write")
    expect(os.stat(path).st_mode & 0o777 == 0o600, "mode", oct(os.stat(path).st_mode))
    os.unlink(path)
    os.symlink("/etc/hostname", path)
    run(2, "export", source, "pid:7", "-o", path)
    run(2, "export", source, "pid:7", "-o", path, "--force")
    os.unlink(path)
    empty(out)


def check_nowhere(tmp, out):
    source = small(tmp + "/small")
    err = run(2, "export", source, "pid:7", "-o", out + "/no/such/core")
    expect("No such file" in err, "no folder:", err)
    os.mkdir(out + "/closed", 0o555)
    more = {}
    if os.getuid() == 0:
        os.chmod(tmp, 0o755)
        os.chmod(out, 0o755)
        more = {"user": "nobody", "env": dict(os.environ, HOME="/")}
        try:
            seen = subprocess.run([PROGRAM, "--version"], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, user="nobody").returncode == 0
        except OSError:
            seen = False  # the program lies where only root may look
        more = more if seen else None
    if more is not None:
        err = run(2, "export", source, "pid:7", "-o", out + "/closed/core", **more)
        expect("Permission denied" in err, "a closed folder:", err)
    empty(out + "/closed")
    os.rmdir(out + "/closed")


def check_room(tmp, out):
    """No room: what is known before, and what the system says while it is written."""
    source = large(tmp + "/large", 64)

    def limited():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    err = run(2, "export", source, "pid:7", "-o", out + "/core", preexec_fn=limited)
    expect("too large" in err.lower(), "a limit of file sizes:", err)
    empty(out)
    disk = tmp + "/disk"
    os.mkdir(disk)
    if os.getuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", disk],
                                     stderr=subprocess.PIPE).returncode:
        print("left out: a full disk, for nothing can be mounted here")
        return
    try:
        err = run(2, "export", source, "pid:7", "-o", disk + "/core")
        expect("are free" in err, "a disk that is too small:", err)
        empty(disk)
        # It fills up only after it was asked.
        fifo = disk + "/core"
        p = subprocess.Popen(["sh", "-c", "ulimit -c 0; exec \"$@\"", "sh", PROGRAM, "export", source,
                              "pid:7", "-o", fifo, "--holes", "skip", "--format", "hex"],
                             stderr=subprocess.PIPE)
        err = p.communicate(timeout=100)[1].decode()
        expect(p.returncode == 2 and "No space" in err, "a disk that fills up:", p.returncode, err)
        empty(disk)
    finally:
        subprocess.run(["umount", disk])


def check_stops(tmp, out):
    """Killed and interrupted at any time."""
    source, path = tmp + "/large", out + "/core"
    whole = killed = 0
    random.seed(7)
    for n in range(16):
        p = subprocess.Popen([PROGRAM, "export", source, "pid:7", "-o", path],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(random.uniform(0, 0.06))
        p.send_signal(signal.SIGKILL if n % 2 else signal.SIGINT)
        p.communicate(timeout=60)
        if os.path.exists(path):
            whole += 1
            core = Core(path)
            last = core.loads[-1]
            expect(os.path.getsize(path) >= last[1] + last[3], "part of a file under its name")
            os.unlink(path)
        else:
            killed += 1
            expect(p.returncode in (2, -2, -9), "stopped, exit", p.returncode)
        empty(out)
    print("stopped %d times before the end, %d after it" % (killed, whole))


def check_shrinking(tmp, out):
    """A pages file that becomes shorter while it is read: while the first bytes wait in a pipe."""
    for to in (0, 1 << 20, (8 << 20) + 100):
        source = large(tmp + "/shrinks", 64)
        p = subprocess.Popen([PROGRAM, "export", source, "pid:7", "--format", "elf-core", "-o", "-"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        p.stdout.read(4096)
        os.truncate(source + "/pages-1.img", to)
        p.stdout.read()
        err = p.stderr.read().decode()
        p.wait(timeout=60)
        expect(p.returncode == 2 and "pages-1.img" in err and "shorter" in err,
               "a source that shrinks to", to, "exit", p.returncode, err)
    # And into a file, where the system copies: as soon as it is seen to be at work.
    caught = 0
    for n in range(3):
        source = large(tmp + "/shrinks", 160)
        p = subprocess.Popen([PROGRAM, "export", source, "pid:7", "-o", out + "/core"],
                             stderr=subprocess.PIPE)
        while p.poll() is None and not at_work(p.pid, out):
            pass
        p.send_signal(signal.SIGSTOP)
        os.truncate(source + "/pages-1.img", 1 << 20)
        p.send_signal(signal.SIGCONT)
        err = p.communicate(timeout=60)[1].decode()
        if p.returncode == 0:
            os.unlink(out + "/core")
            continue
        caught += 1
        expect(p.returncode == 2 and "shorter" in err, "shrinks under a copy:", p.returncode, err)
        empty(out)
    print("shortened %d times while it was copied" % caught)


def at_work(pid, out):
    try:
        for fd in os.listdir("/proc/%d/fd" % pid):
            path = os.readlink("/proc/%d/fd/%s" % (pid, fd))
            if path.startswith(out) and os.stat("/proc/%d/fd/%s" % (pid, fd)).st_size:
                return True
    except OSError:
        pass
    return False


# ---- what it comes from ----

def core_of(source, path, code=0):
    err = run(code, "export", source, "pid:7", "-o", path, "--force")
    core = Core(path) if os.path.exists(path) else None
    if core:
        os.unlink(path)
    return core, err


def check_cut_images(tmp, out):
    """Every length of the core image, of mm and of the pages."""
    path = out + "/core"
    for name in ("core-7.img", "mm-7.img", "pagemap-7.img", "pages-1.img"):
        source = small(tmp + "/cut")
        size = os.path.getsize(source + "/" + name)
        for length in sorted(set(range(0, min(size, 700), 17)) | {8, 12, size - 1, size // 2}):
            small(source)
            os.truncate(source + "/" + name, length)
            core, err = core_of(source, path, (0, 2, 3, 4))
            expect(core or err, name, "cut to", length, "no core, and not a word")
        os.unlink(source + "/" + name)
        core, err = core_of(source, path, (0, 2, 3, 4))
        if name == "core-7.img":
            expect(core and not core.threads() and "no registers" in err, "no core image:", err)
        if name == "mm-7.img":
            expect(core and core.read(BASE, PAGE) == b"A" * PAGE, "no mm:", err)
        if name == "pages-1.img":
            expect(core and core.read(BASE, PAGE) is None and "16384 bytes are not there" in err,
                   "no pages:", err)
        shutil.rmtree(source)


def check_missing(tmp, out):
    """Memory whose image is gone is missed, not taken for zeros: all of it, or a memfd's."""
    path = out + "/core"
    source = small(tmp + "/missing")
    os.unlink(source + "/pagemap-7.img")
    core, err = core_of(source, path, (3, 4))
    expect(core and core.read(BASE, PAGE) is None and "65536 bytes are not there: the process has no pagemap" in err,
           "no pagemap:", err)
    memfd = images.vma(BASE + 32 * PAGE, BASE + 40 * PAGE, 3, 0x4080, 1, 0, 3)
    source = small(tmp + "/memfd", [images.vma(BASE, BASE + 16 * PAGE, 3), memfd])
    core, err = core_of(source, path, (3, 4))
    expect(core and core.read(BASE, PAGE) == b"A" * PAGE and core.read(BASE + 32 * PAGE, PAGE) is None and
           "32768 bytes are not there: its memfd is not in these images" in err, "no memfd:", err)


def check_absurd(tmp, out):
    path, top = out + "/core", 1 << 64
    source = small(tmp + "/absurd", [images.vma(BASE, BASE + 4 * PAGE, 3),
                                     images.vma(top - 4 * PAGE, top - 1, 3),
                                     images.vma(top - 1, 5, 3)],
                   [(BASE, 4), (top - 2 * PAGE, 1), (top - PAGE, 1)], b"x" * 6 * PAGE)
    core, err = core_of(source, path, (0, 3, 4))
    expect(core and core.read(top - 2 * PAGE, 2 * PAGE) == b"x" * PAGE + bytes(PAGE), "the top of memory:", err)
    last = core and core.loads[-1]
    expect(last and last[2] + last[4] == top, "a segment up to the top:", last)
    # Untouched memory of any size costs nothing.
    source = small(tmp + "/absurd", [images.vma(0, 1 << 63, 3), images.vma(1 << 63, top - PAGE, 3)])
    core, err = core_of(source, path)
    expect(core and core.read(BASE, PAGE) == b"A" * PAGE and len(core.data) < 1 << 20, "16 EiB:", err)
    expect(core and core.read(1 << 62, 8) == bytes(8), "zeros far away")
    # A page each, far apart; and zeros between pages.
    runs = [(BASE + n * (4 << 20), 1) for n in range(4)]
    source = small(tmp + "/absurd", [images.vma(BASE, BASE + (16 << 20), 3)], runs)
    core, err = core_of(source, path)
    expect(core and len(core.loads) == 4 and all(
        core.read(at + k, 1) == (bytes([65 + n]) if k < PAGE else b"\0")
        for n, (at, _) in enumerate(runs) for k in (0, PAGE - 1, PAGE, (4 << 20) - 1)), "far apart")
    # More segments than a header can count.
    count = 70000
    vmas = [images.vma(BASE + 2 * n * PAGE, BASE + (2 * n + 1) * PAGE, 3) for n in range(count)]
    source = small(tmp + "/absurd", vmas, [(BASE + 2 * n * PAGE, 1) for n in range(0, count, 1000)],
                   b"".join(b"%-4096d" % n for n in range(0, count, 1000)))
    core, err = core_of(source, path)
    expect(core and len(core.loads) == count, "70000 regions:", err)
    expect(core and core.read(BASE + 2 * 69000 * PAGE, 5) == b"69000", "their bytes")
    if shutil.which("readelf"):
        run(0, "export", source, "pid:7", "-o", path)
        said = subprocess.run(["readelf", "-hW", path], stdout=subprocess.PIPE).stdout.decode()
        expect("65535 (%d)" % (count + 1) in said, "readelf of 70000 regions:", said)
        os.unlink(path)


def check_parents(tmp, out):
    """Pages in a parent that bites its tail, or is not there."""
    source, path = small(tmp + "/parents", runs=[], pages=b""), out + "/core"
    images.write(source, "pagemap-7.img", images.message((1, 1)),
                 images.message((1, BASE), (2, 4), (4, 1)))
    for target in (".", "../parents", "/no/such/folder"):
        os.symlink(target, source + "/parent")
        core, err = core_of(source, path, (3, 4))
        expect(core and core.read(BASE, PAGE) is None and core.read(BASE + 4 * PAGE, 8) == bytes(8) and
               "16384 bytes are not there" in err, "parent", target, err)
        os.unlink(source + "/parent")


def main():
    with tempfile.TemporaryDirectory() as tmp:
        out = tmp + "/out"
        os.mkdir(out)
        check_existing(tmp, out)
        check_nowhere(tmp, out)
        check_room(tmp, out)
        check_stops(tmp, out)
        check_shrinking(tmp, out)
        check_cut_images(tmp, out)
        check_missing(tmp, out)
        check_absurd(tmp, out)
        check_parents(tmp, out)
    print(len(failures), "failures")
    return bool(failures)


sys.exit(main())
