#!/usr/bin/env python3
"""export --root: pages of a mapped file that no image has, from the same build found below a
directory: by what the images say of it, or by the mapping's own first page. Other builds, files
without a build-id, and what is no file are left out and named; no link leads out of the directory.
"""
import os
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "criu"))
import _images as images  # noqa: E402
from _elfcore import Core  # noqa: E402

PROGRAM = os.environ.get("CRYOSCOPE", "build/cryoscope")
PID, PAGE, BASE = 7, 4096, 0x400000
ID, OTHER = bytes(range(20)), bytes(range(1, 21))
failures = []


def expect(truth, *what):
    if not truth:
        failures.append(what)
        print("FAIL", *what)


def elf(build_id, size, wide=True, big=False):
    """A file of `size` bytes that begins as an ELF file with one note."""
    order = ">" if big else "<"
    note = struct.pack(order + "III", 4, len(build_id), 3) + b"GNU\0" + build_id
    at = 200
    ident = b"\x7fELF" + bytes([2 if wide else 1, 2 if big else 1, 1]) + bytes(9)
    if wide:
        head = struct.pack(order + "HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
        entry = struct.pack(order + "IIQQQQQQ", 4, 4, at, at, 0, len(note), len(note), 4)
    else:
        head = struct.pack(order + "HHIIIIIHHHHHH", 3, 3, 1, 0, 52, 0, 0, 52, 32, 1, 0, 0, 0)
        entry = struct.pack(order + "8I", 4, at, at, 0, len(note), len(note), 4, 4)
    data = (ident + head + entry).ljust(at, b"\0") + note
    return data + bytes((n * 7 + n // 256) % 251 for n in range(size - len(data)))


def core_message():
    gp = images.message(*[(n, n) for n in range(1, 28)], (28, 1))
    fp = images.message(*[(n, 0) for n in range(1, 9)])
    tc = images.message((1, 1), (2, 0), (3, 0), (4, 0), (5, 0), (6, b"seven"))
    return images.message((1, 1), (2, images.message((1, 0), (2, gp), (3, fp))), (3, tc))


def make(folder, path, build_id=None, first=None):
    """A process that maps ten pages of a file; the fourth is its own, `first` the first if given."""
    vmas = [images.vma(BASE, BASE + 5 * PAGE, 1, 0x41, 2, 0, 3),
            images.vma(BASE + 5 * PAGE, BASE + 10 * PAGE, 5, 0x41, 2, 5 * PAGE, 3)]
    file = images.message((1, 3), (2, 0), (3, 0), (5, images.message(*[(n, 0) for n in range(1, 6)])),
                          (6, path), *([(11, list(struct.unpack("<5I", build_id)))] if build_id else []))
    runs, pages = [(BASE + 3 * PAGE, 1)], b"own." * 1024
    if first:
        runs, pages = [(BASE, 1)] + runs, first + pages
    images.make(folder, PID, {PID: core_message()}, images.mm(vmas), runs, pages,
                files=[images.message((1, 1), (2, 3), (3, file))])
    return folder


def export(source, root, code, said=""):
    path = os.path.join(source, "..", "core")
    p = subprocess.run([PROGRAM, "export", source, "pid:7", "-o", path, "--force", "--root", root],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
    err = p.stderr.decode()
    codes = code if isinstance(code, tuple) else (code,)
    expect(p.returncode in codes and said in err, source, "exit", p.returncode, "not", code, err)
    return Core(path)


def check_filled(core, data, what, first=None):
    for n in range(10):
        want = data[n * PAGE:(n + 1) * PAGE].ljust(PAGE, b"\0")
        if n * PAGE >= len(data):
            want = None
        if n == 3:
            want = b"own." * 1024
        if n == 0 and first:
            want = first
        expect(core.read(BASE + n * PAGE, PAGE) == want, what, "page", n)


def check_left(core, what, *but):
    for n in range(10):
        there = core.read(BASE + n * PAGE, PAGE) is not None
        expect(there == (n == 3 or n in but), what, "page", n, "there" if there else "missing")


def main():
    with tempfile.TemporaryDirectory() as tmp:
        root, source = tmp + "/root", tmp + "/set"
        os.makedirs(root + "/usr/lib")
        target = root + "/usr/lib/libx.so"

        def put(data):
            with open(target, "wb") as f:
                f.write(data)

        for wide in (True, False):
            for big in (False, True):
                data = elf(ID, 7 * PAGE + 123, wide, big)
                put(data)
                make(source, b"/usr/lib/libx.so", ID)
                check_filled(export(source, root, 0), data, "the same build %s %s" % (wide, big))
        data = elf(ID, 10 * PAGE)
        put(data)
        make(source, b"/usr/lib/libx.so", OTHER)
        check_left(export(source, root, 4, "libx.so: it is another build"), "another build")
        make(source, b"/usr/lib/libx.so")
        check_left(export(source, root, 4, "do not say which build"), "no build-id")
        first = data[:PAGE - 4] + b"mine"
        make(source, b"/usr/lib/libx.so", None, first)
        check_filled(export(source, root, 0), data, "by its first page", first)
        make(source, b"/usr/lib/libx.so", None, elf(OTHER, PAGE))
        check_left(export(source, root, 4, "another build"), "another first page", 0)

        # Links are followed as if the directory were the root.
        make(source, b"/lib/libx.so", ID)
        os.symlink("/usr/lib", root + "/lib")
        check_filled(export(source, root, 0), data, "an absolute link")
        os.unlink(root + "/lib")
        with open(tmp + "/outside.so", "wb") as f:
            f.write(data)
        for path, link in ((b"/../outside.so", None), (b"/usr/lib/../../../outside.so", None),
                           (b"/usr/lib/out.so", "../../../outside.so"),
                           (b"/usr/lib/out.so", tmp + "/outside.so")):
            if link:
                os.symlink(link, root + "/usr/lib/out.so")
            make(source, path, ID)
            check_left(export(source, root, 4, "no such file"), "out of the root by %s" % path)
            if link:
                os.unlink(root + "/usr/lib/out.so")

        # What is no file, or none any more; hostile notes.
        os.unlink(target)
        make(source, b"/usr/lib/libx.so", ID)
        check_left(export(source, root, 4, "no such file"), "gone")
        os.mkfifo(target)
        check_left(export(source, root, 4, "no regular file"), "a fifo")
        os.unlink(target)
        for at in range(0, 240, 4):
            put(data[:at] + b"\xff\xff\xff\xff" + data[at + 4:])
            core = export(source, root, (0, 4))
            expect(core.read(BASE + 3 * PAGE, 4) == b"own.", "a damaged file at", at)
        for size in (0, 1, 51, 52, 63, 64, 100, 119, 120, 200, 211, 235):
            put(data[:size])
            check_left(export(source, root, 4), "a file cut to %d" % size)
        check_left(export(source, tmp + "/nowhere", 4, "no such file"), "no root")
    print(len(failures), "failures")
    return bool(failures)


sys.exit(main())
