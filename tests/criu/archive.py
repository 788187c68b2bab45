#!/usr/bin/env python3
# Container checkpoints, opened where they lie: the same tree and bytes as unpacked, whatever they are
# packed with; what the engine says; hostile archives. timeout: 300
"""Archives are made here, of the real set in tests/real/tree and of nothing real; those of the corpus
are used if it is there. Nothing may be written but the spool: each run has a TMPDIR of its own, which
must be empty afterwards, and a plain tar must open without any."""
import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile

from _wire import varint

PROGRAM = os.environ.get("CRYOSCOPE", "cryoscope")
CORPUS = os.environ.get("CRYOSCOPE_CORPUS", "")
SET = "tests/real/tree"
failures = []
work = tempfile.mkdtemp(prefix="archive.")
spool = os.path.join(work, "spool")
os.mkdir(spool)


def fail(what):
    failures.append(what)
    print("FAILED:", what)


def expect(truth, what):
    if not truth:
        fail(what)


def run(*args, tmpdir=spool, codes=(0,)):
    env = dict(os.environ, TMPDIR=tmpdir)
    p = subprocess.run([PROGRAM, *args], env=env, capture_output=True, timeout=120)
    if p.returncode not in codes or b"Sanitizer" in p.stderr or b"runtime error" in p.stderr:
        fail("%s: exit %d: %s" % (" ".join(args), p.returncode, p.stderr[:2000].decode("utf8", "replace")))
    if os.path.isdir(tmpdir):
        expect(not os.listdir(tmpdir), "%s leaves something in TMPDIR" % " ".join(args))
    return p


def info(path, **how):
    out = run("info", "--json", path, **how).stdout
    return json.loads(out) if out else {}


def tree(path, *more, **how):
    return [json.loads(line) for line in run("tree", "--json", path, *more, **how).stdout.splitlines()]


def paths(path, **how):
    return [node["path"] for node in tree(path, **how)]


def where(name):
    return os.path.join(work, name)


def write(name, data):
    with open(where(name), "wb") as f:
        f.write(data)
    return where(name)


class Tar:
    """A tar in the making; mostly regular files."""

    def __init__(self, kind=tarfile.GNU_FORMAT):
        self.to = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.to, mode="w", format=kind)

    def add(self, name, data=b"", kind=tarfile.REGTYPE, link="", size=None):
        i = tarfile.TarInfo(name)
        i.size, i.type, i.linkname, i.mtime = len(data), kind, link, 1700000000
        i.name = name  # as it is, leading slashes and all
        self.tar.addfile(i, io.BytesIO(data))
        return self

    def add_set(self, folder, prefix):
        for name in sorted(os.listdir(folder)):
            if os.path.isfile(os.path.join(folder, name)):
                with open(os.path.join(folder, name), "rb") as f:
                    self.add(prefix + name, f.read())
        return self

    def bytes(self):
        self.tar.close()
        return self.to.getvalue()


def podman_like():
    inner = Tar().add("etc/motd", b"changed\n").add("gone", b"", tarfile.SYMTYPE, "/etc/shadow").bytes()
    t = Tar()
    t.add("artifacts", kind=tarfile.DIRTYPE)
    t.add("config.dump", json.dumps({"id": "abc123", "name": "box", "rootfsImageName": "img:1", "runtime": "runc",
                                     "checkpointedTime": "2024-01-02T03:04:05Z"}).encode())
    t.add("spec.dump", json.dumps({"annotations": {"io.container.manager": "libpod"}, "hostname": "h"}).encode())
    t.add("network.status", json.dumps({"n": {"interfaces": {"eth0": {
        "subnets": [{"ipnet": "10.1.2.3/16"}], "mac_address": "aa:bb"}}}}).encode())
    t.add("deleted.files", b'["/a", "/b\\u001b[2J"]')
    t.add("checkpoint", kind=tarfile.DIRTYPE)
    t.add_set(SET, "./checkpoint/")
    t.add("rootfs-diff.tar", inner)
    t.add("volumes/v.tar", inner)
    return t.bytes()


def same_as_unpacked(plain):
    """Each image decodes to the same, each file reads the same."""
    top = info(plain)
    expect(top["kind"] == "criu-archive", "kind of an archive")
    lone = info(SET)
    for key in ("processes", "criu_version", "image_version", "parents", "files", "bytes"):
        expect(top[key] == lone[key], "info: %s differs in the archive" % key)
    rows = {n["path"]: n for n in tree(SET)}
    inside = {n["path"][len("checkpoint/"):]: n for n in tree(plain, "checkpoint")}
    for path, n in rows.items():
        if path:
            there = inside.get(path, {})
            expect(all(there.get(k) == n[k] for k in ("kind", "offset", "length", "summary")),
                   "tree: checkpoint/%s differs" % path)
    for name in sorted(os.listdir(SET)):
        if not name.endswith(".img"):
            continue
        a = run("show", "--json", os.path.join(SET), name).stdout
        b = run("show", "--json", plain, "checkpoint/" + name).stdout
        expect(a == b, "show --json of %s differs in the archive" % name)
        size = os.path.getsize(os.path.join(SET, name))
        with open(os.path.join(SET, name), "rb") as f:
            raw = run("read", "--raw", plain, "off:0@checkpoint/" + name, str(size)).stdout if size else b""
            expect(raw == f.read(), "bytes of %s differ in the archive" % name)


def test_engine_files(plain):
    c = info(plain)["container"]
    want = {"engine": "podman", "name": "box", "id": "abc123", "image": "img:1", "runtime": "runc",
            "checkpointed": "2024-01-02T03:04:05Z", "hostname": "h", "ip": ["10.1.2.3/16"], "mac": ["aa:bb"]}
    for key, value in want.items():
        expect(c.get(key) == value, "container: %s is %r" % (key, c.get(key)))
    root = tree(plain)[0]
    expect(root["summary"] == "podman container box, image img:1, runc, checkpointed 2024-01-02T03:04:05Z",
           "the root says whose it is: %s" % root["summary"])
    shown = json.loads(run("show", "--json", plain, "deleted.files").stdout)
    expect(shown["entries"][0][0] == "/a", "deleted.files as JSON")
    raw = run("show", plain, "deleted.files").stdout
    expect(b"\x1b" not in raw and b"\\x1b[2J" in raw, "an escape in JSON is made visible")
    for name in ("config.dump", "network.status", "rootfs-diff.tar[0]"):
        leaves = json.loads(run("show", "--offsets", "--json", plain, name).stdout)
        at = leaves[0]["offset"]
        for leaf in leaves:
            expect(leaf["offset"] == at, "%s: bytes not covered once at %d" % (name, at))
            at += leaf["length"]
    members = [n["summary"] for n in tree(plain, "rootfs-diff.tar")]
    expect(any(s.endswith("etc/motd") for s in members), "members of a tar within")
    expect(any(s.endswith("gone -> /etc/shadow") for s in members), "a link in a tar within, as a name")
    expect("volumes/v.tar[0]" in paths(plain), "members of a volume")
    content = run("read", "--raw", plain, "rootfs-diff.tar[0]").stdout
    expect(b"changed\n" in content, "bytes of a member of a tar within")


def test_packings(data):
    packed = {"gz": gzip.compress(data, 1), "xz": lzma.compress(data, preset=0), "bz2": bz2.compress(data, 1)}
    plain = write("c.tar", data)
    want = tree(plain)
    for tool, end in (("zstd", "zst"), ("lz4", "lz4")):
        if shutil.which(tool):
            packed[end] = subprocess.run([tool, "-q", "-c", plain], capture_output=True).stdout
    for end, blob in packed.items():
        path = write("c.tar." + end, blob)
        got = tree(path)
        expect(got == want, "the tree of %s differs from the plain one" % end)
        # No place to spool: said, not died of.
        p = run("info", path, tmpdir=os.path.join(work, "nowhere"), codes=(2,))
        expect(b"temporary" in p.stderr, "no temporary file for %s is told" % end)
        p = run("info", "--spool-limit", "64K", path, codes=(2,))
        expect(b"--spool-limit" in p.stderr, "the limit for %s is told" % end)
        run("info", write("cut.tar." + end, blob[: len(blob) * 2 // 3]), codes=(0, 2, 3))
    expect(tree(plain, tmpdir=os.path.join(work, "nowhere")) == want, "a plain tar needs no TMPDIR")


def test_bomb():
    bomb = Tar().add("checkpoint/inventory.img", b"").bytes()[:512]
    h = bytearray(bomb)
    h[124:136] = b"77777777777\0"
    h[148:156] = b" " * 8
    h[148:156] = b"%06o\0 " % sum(h)
    path = where("bomb.tar.gz")
    with gzip.open(path, "wb", 1) as f:
        f.write(h)
        for _ in range(64):
            f.write(bytes(1 << 20))
    before = os.statvfs(work).f_bavail
    p = run("info", "--spool-limit", "16M", path, codes=(2,))
    expect(b"unpacks to more than 16" in p.stderr, "a bomb meets the limit")
    expect(abs(os.statvfs(work).f_bavail - before) * 4096 < 256 << 20, "a bomb leaves the disk alone")


def test_parents():
    """Links and files called parent lead inside the archive, or nowhere."""
    other = os.path.abspath(SET)
    for how, kind, target, levels in (
            ("inside", tarfile.SYMTYPE, "../pre-checkpoint", 1),
            ("missing", tarfile.SYMTYPE, "../nothing", 0),
            ("absolute", tarfile.SYMTYPE, other, 0),
            ("outward", tarfile.SYMTYPE, "../" * 40 + other[1:], 0),
            ("itself", tarfile.SYMTYPE, ".", 0),
            ("file inside", tarfile.REGTYPE, "../pre-checkpoint", 1),
            ("file absolute", tarfile.REGTYPE, other, 0),
            ("file outward", tarfile.REGTYPE, "../" * 40 + other[1:], 0)):
        t = Tar().add_set(SET, "checkpoint/").add_set(SET, "pre-checkpoint/")
        if kind == tarfile.SYMTYPE:
            t.add("checkpoint/parent", b"", kind, target)
        else:
            t.add("checkpoint/parent", target.encode())
        i = info(write("parent.tar", t.bytes()), codes=(3 if how == "itself" else 0,))
        expect(i["parents"] == levels, "parent %s: %d levels" % (how, i["parents"]))
        expect(bool(i["missing_parent"]) == (levels == 0), "parent %s: missing said" % how)
        expect(i["set"] == "checkpoint", "parent %s: the main set" % how)


def header(name, size=b"00000000000\0", kind=b"0", fix=True):
    h = bytearray(512)
    h[: len(name)] = name
    h[100:108] = b"0000644\0"
    h[124:136] = size
    h[156:157] = kind
    h[257:265] = b"ustar\x0000"
    h[148:156] = b" " * 8
    if fix:
        h[148:156] = b"%06o\0 " % sum(h)
    return bytes(h)


def hostile():
    """Name, tar, exit codes of info."""
    inventory = open(os.path.join(SET, "inventory.img"), "rb").read()

    def based():
        return Tar().add_set(SET, "checkpoint/")

    yield "absolute", based().add("/etc/passwd", b"x").add("//a//b", b"y").bytes()
    yield "dots", based().add("../../../../tmp/x", b"x").add("checkpoint/../../y", b"y").bytes()
    yield "links", based().add("l", b"", tarfile.SYMTYPE, "/etc").add("l/passwd", b"x").bytes()
    yield "link to set", based().add("c", b"", tarfile.SYMTYPE, "checkpoint").bytes()
    yield "round links", based().add("a", b"", tarfile.SYMTYPE, "b").add("b", b"", tarfile.SYMTYPE, "a").bytes()
    yield "hard links", based().add("h", b"", tarfile.LNKTYPE, "checkpoint/inventory.img").add(
        "i", b"", tarfile.LNKTYPE, "/etc/passwd").add("j", b"", tarfile.LNKTYPE, "j").bytes()
    yield "duplicates", based().add("checkpoint/inventory.img", inventory).add("checkpoint", b"a file").bytes()
    yield "devices", based().add("d", b"", tarfile.CHRTYPE).add("f", b"", tarfile.FIFOTYPE).bytes()
    yield "escapes", based().add("\x1b[2J\u202e\n.img", b"x").add("checkpoint/\x1b]0;t\x07.img", b"y").bytes()
    yield "pax", Tar(tarfile.PAX_FORMAT).add_set(SET, "checkpoint/").add("d/" * 300 + "x", b"deep").bytes()
    whole = based().bytes()
    yield "lying size", whole[: whole.rindex(b"checkpoint/")] + header(b"x", b"77777777777\0") + b"data"
    yield "base 256", header(b"checkpoint/inventory.img", b"\x80" + b"\xff" * 11) + inventory
    yield "negative", header(b"checkpoint/inventory.img", b"\xff" * 12) + inventory.ljust(512, b"\0")
    yield "bad sum", whole[:512] + whole[512:].replace(b"checkpoint/core", b"checkpoint/c0re", 1)
    yield "sparse", header(b"s", kind=b"S") + whole
    yield "pax lies", header(b"x", b"00000001000\0", b"x") + b"999999 path=a\n".ljust(512, b"\0") + whole
    yield "pax size", header(b"x", b"00000001000\0", b"x") + b"22 size=9999999999999\n".ljust(512, b"\0") + whole
    yield "long name", header(b"@", b"77777777777\0", b"L") + whole
    yield "only ahead", (header(b"x", b"00000000000\0", b"x") * 2000) + whole
    yield "json", based().add("config.dump", b"[" * 100000).add("spec.dump", b'{"a":' * 50000).add(
        "network.status", b'{"x":{"interfaces":{"e":{"subnets":[{"ipnet":"\x1b[31m\\ud800"}]}}}}').bytes()
    yield "json cut", based().add("config.dump", b'{"id": "x", "name": "y\\').add("spec.dump", b"").bytes()
    yield "nested", Tar().add("a.tar", Tar().add("b.tar", based().bytes()).bytes()).add_set(SET, "x/").bytes()
    yield "many", Tar().add_set(SET, "c/").bytes()[:-10240] + b"".join(
        header(b"f/%d/%d" % (n % 100, n)) for n in range(20000))


def test_hostile():
    for name, data in hostile():
        path = write("hostile.tar", data)
        p = run("info", "--json", path, codes=(0, 3))
        try:
            json.loads(p.stdout)
        except ValueError:
            fail("%s: info is no JSON" % name)
        t = run("tree", path, codes=(0, 3))
        expect(b"\x1b" not in t.stdout + t.stderr + p.stderr, "%s: an escape comes through" % name)
        expect("\u202e".encode() not in t.stdout, "%s: an override comes through" % name)
        run("check", path, codes=(0, 1))
        run("show", path, "config.dump" if b"config.dump" in data else "", codes=(0, 2, 3))
    got = paths(write("dup.tar", Tar().add_set(SET, "checkpoint/").add("x", b"1").add("x", b"2").bytes()))
    expect("x" in got and "x#1" in got, "an earlier member of a name stays visible")


def test_truncated(data):
    step = max(512, len(data) // 60 // 512 * 512)
    for n in list(range(512, len(data), step)) + [513, 700, 1023, 1025]:
        run("tree", "-q", write("cut.tar", data[:n]), codes=(0, 3))


def marker(seq, field, value):
    body = b"\x08" + varint(seq)
    body += varint(field << 3 | 2) + varint(len(value)) + value if isinstance(value, bytes) else (
        varint(field << 3) + varint(value))
    return struct.pack("<I", len(body)) + body


def pieces(files, chunk):
    """(seq, bytes) in their order."""
    left = {name: data for name, data in files}
    order = []
    while left:  # pieces of the files in turn
        for name in list(left):
            order.append((2, name.encode()))
            piece, left[name] = left[name][:chunk], left[name][chunk:]
            if piece:
                order.append((3, piece))
            if not left[name]:
                order.append((4, 1))
                del left[name]
    order.append((5, 1))
    return [(seq, marker(seq, kind, len(value)) + value if kind == 3 else marker(seq, kind, value))
            for seq, (kind, value) in enumerate(order)]


def streamed(files, chunk, skip=()):
    return b"".join(data for seq, data in pieces(files, chunk) if seq not in skip)


def sharded(files, chunk, count):
    """Spread over several streams as if their speeds varied; a name is told once, in any of them."""
    out, state = [b""] * count, 12345
    for seq, data in pieces(files, chunk):
        state = (state * 1103515245 + 12345) & 0x7fffffff
        out[(state >> 16) % count] += data
    return out


def test_stream():
    files = [(n, open(os.path.join(SET, n), "rb").read()) for n in sorted(os.listdir(SET)) if
             os.path.isfile(os.path.join(SET, n))]
    for chunk in (1 << 30, 1000):
        path = write("stream.%d" % chunk, streamed(files, chunk))
        i = info(path)
        expect(i["kind"] == "criu-archive" and i["packing"] == "criu-image-streamer", "a stream is told")
        expect(i["problems"] == 0, "a good stream has no problems")
        want = [n for n in tree(SET) if n["path"]]
        expect([n for n in tree(path) if n["path"]] == want, "a stream has the tree of its set, chunk %d" % chunk)
        for name, data in files:
            if data and name.endswith(".img"):
                got = run("read", "--raw", path, "off:0@" + name, str(len(data))).stdout
                expect(got == data, "bytes of %s out of a stream" % name)
    whole = streamed(files, 1000)
    packed = tree(write("stream.gz", gzip.compress(whole, 1)))
    expect([n for n in packed if n["path"]] == want, "a packed stream has the same tree")
    for n in range(40, len(whole), len(whole) // 40):
        p = run("info", "--json", write("cut.stream", whole[:n]), codes=(0, 3))
        expect(json.loads(p.stdout)["problems"] > 0, "a cut stream is told, %d" % n)
    p = info(write("part.stream", streamed(files, 1000, skip=range(40, 60))), codes=(3,))
    expect(p["problems"] > 0, "pieces that are missing are told")


def test_shards():
    files = [(n, open(os.path.join(SET, n), "rb").read()) for n in sorted(os.listdir(SET)) if
             os.path.isfile(os.path.join(SET, n))]
    want = [n for n in tree(SET) if n["path"]]
    shards = sharded(files, 1000, 4)
    for packed in (False, True):
        folder = where("shards.%d" % packed)
        os.mkdir(folder)
        for n, data in enumerate(shards):
            # Their names say nothing of their order.
            write(os.path.join(folder, "img-%d" % ((n + 2) % 4)), gzip.compress(data, 1) if packed else data)
        write(os.path.join(folder, "img-5"), b"")
        i = info(folder)
        expect(i["kind"] == "criu-archive" and i["packing"] == "criu-image-streamer", "shards are told")
        expect(i["problems"] == 0 and i["processes"] == info(SET)["processes"], "shards: what is in them")
        got = [n for n in tree(folder) if n["path"]]
        expect([n for n in got if not n["path"].startswith("shards")] == want, "shards have the tree of their set")
        expect(sum(n["path"].startswith("shards/") for n in got) == 5, "shards: the streams themselves")
        for name, data in files:
            if data and name.endswith(".img"):
                read = run("read", "--raw", folder, "off:0@" + name, str(len(data))).stdout
                expect(read == data, "bytes of %s out of shards" % name)
        for n in range(4):
            lone = os.path.join(folder, "img-%d" % n)
            p = run("check", "--json", lone, codes=(1, 2))
            expect(b"open the directory" in p.stdout or b"open the directory" in p.stderr, "one shard says what it is")
        os.unlink(os.path.join(folder, "img-1"))
        p = run("check", "--json", folder, codes=(1,))
        expect(b"not all of the streams are here" in p.stdout, "a missing shard is told")
        # What has no name is in no file that has one.
        for name, data in files:
            if name == "files.img" and name in paths(folder, codes=(0, 3)):
                read = run("read", "--raw", folder, "off:0@" + name, "1M", codes=(3, 4)).stdout
                parts = [data[k:k + 1000] for k in range(0, len(data), 1000)]
                while read:
                    part = next((x for x in parts if read.startswith(x)), None)
                    expect(part is not None, "a piece that is none of %s" % name)
                    read = read[len(part):] if part else b""
        write(os.path.join(folder, "img-1"), b"something else")
        run("info", folder, codes=(2, 3))


def test_streams_in_tar():
    """Streams are not looked into inside an archive: that is said, and what to do."""
    files = [("inventory.img", open(os.path.join(SET, "inventory.img"), "rb").read()),
             ("files.img", open(os.path.join(SET, "files.img"), "rb").read())]
    for name, members in (("one", [streamed(files, 1000)]), ("several", sharded(files, 1000, 3))):
        path = where("streams-%s.tar" % name)
        with tarfile.open(path, "w") as t:
            for n, data in enumerate(members):
                i = tarfile.TarInfo("ckpt/img-%d" % n)
                i.size = len(data)
                t.addfile(i, io.BytesIO(data))
        told = [json.loads(line) for line in run("check", "--json", path, codes=(1,)).stdout.splitlines()]
        expect([p["rule"] for p in told] == ["no-images"], "streams in a tar: a warning")
        expect("img-0 is a stream" in told[0]["text"] and "unpack" in told[0]["text"], "streams in a tar: what to do")
        expect(len(tree(path)) == len(members) + 2, "streams in a tar: they are listed")


def descriptor(blobs, kind, data):
    hexed = hashlib.sha256(data).hexdigest()
    blobs[hexed] = data
    return {"mediaType": kind, "digest": "sha256:" + hexed, "size": len(data)}


def layout(kind):
    """An OCI layout as `ctr checkpoint` or `podman checkpoint --create-image` makes it."""
    blobs = {}
    if kind == "ctr":
        vendor = "application/vnd.containerd.container.criu.checkpoint."
        images = Tar().add_set(SET, "./").bytes()
        rw = gzip.compress(Tar().add("etc/motd", b"new").bytes())
        index = {"manifests": [descriptor(blobs, vendor + "criu.tar", images),
                               descriptor(blobs, "application/vnd.oci.image.layer.v1.tar+gzip", rw),
                               descriptor(blobs, vendor[:-11] + "checkpoint.config.v1+proto", b"\x0a\x03abc"),
                               {"mediaType": "x", "digest": "sha256:" + "0" * 64},
                               {"mediaType": "x", "digest": "../../etc:passwd"}]}
        top = [descriptor(blobs, "application/vnd.oci.image.index.v1+json", json.dumps(index).encode())]
    else:
        layer = gzip.compress(podman_like(), 1)
        manifest = {"layers": [descriptor(blobs, "application/vnd.oci.image.layer.v1.tar+gzip", layer)],
                    "annotations": {"io.podman.annotations.checkpoint.name": "box"}}
        top = [descriptor(blobs, "application/vnd.oci.image.manifest.v1+json", json.dumps(manifest).encode())]
    t = Tar().add("oci-layout", b'{"imageLayoutVersion": "1.0.0"}').add("index.json", json.dumps({"manifests": top}).encode())
    for hexed, data in blobs.items():
        t.add("blobs/sha256/" + hexed, data)
    return t.bytes()


def test_oci():
    for kind, at, engine in (("ctr", "checkpoint", "containerd"), ("podman", "layer/checkpoint", "podman")):
        data = layout(kind)
        path = write("oci-%s.tar" % kind, data)
        i = info(path, codes=(0, 3))
        expect(i["set"] == at, "%s layout: the set is at %s" % (kind, i.get("set")))
        expect(i["container"]["engine"] == engine, "%s layout: engine %s" % (kind, i["container"]["engine"]))
        expect(len(i["processes"]) == len(info(SET)["processes"]), "%s layout: processes" % kind)
        folder = where("oci-" + kind)
        with tarfile.open(path) as t:
            t.extractall(folder)
        expect(paths(folder, codes=(0, 3)) == paths(path, codes=(0, 3)), "%s layout: a directory is as its tar" % kind)


def test_folders():
    lxc = where("lxc")
    shutil.copytree(SET, os.path.join(lxc, "final"))
    shutil.copytree(SET, os.path.join(lxc, "000"))
    i = info(lxc)
    expect(i["kind"] == "criu-archive" and i["set"] == "final", "LXC's directory: %s" % i.get("set"))
    expect(i["container"]["engine"] == "lxc", "LXC is told")
    pod = where("podman-folder")
    with tarfile.open(write("podman-folder.tar", podman_like())) as t:
        t.extractall(pod)
    shutil.copy(os.path.join(SET, "stats-dump"), pod)
    i = info(pod)
    expect(i["kind"] == "criu-archive" and i["set"] == "checkpoint", "podman's, unpacked, beside statistics: %s" % i.get("kind"))
    docker = where("docker")
    shutil.copytree(SET, docker)
    with open(os.path.join(docker, "config.json"), "w") as f:
        json.dump({"created": "2024-05-06T07:08:09Z", "name": "cp1"}, f)
    with open(os.path.join(docker, "descriptors.json"), "w") as f:
        f.write('["/dev/null"]')
    expect(info(docker)["kind"] == "criu", "Docker's directory is a set")
    expect(json.loads(run("show", "--json", docker, "config.json").stdout)["entries"][0]["name"] == "cp1",
           "Docker's config.json")
    t = io.BytesIO()
    with tarfile.open(fileobj=t, mode="w") as tar:
        tar.add(docker, ".")
    c = info(write("docker.tar", t.getvalue()))["container"]
    expect(c["engine"] == "docker" and c["checkpointed"] == "2024-05-06T07:08:09Z", "Docker's tar: %s" % c)


def test_corpus():
    podman = os.path.join(CORPUS, "criu", "podman")
    plain = os.path.join(podman, "container.tar")
    truth = json.load(open(os.path.join(CORPUS, "criu", "podman.truth.json")))
    for end in ("", ".gz", ".zst"):
        i = info(plain + end)
        want = {t["nspid"][-1]: t["comm"] for t in truth["processes"]}
        got = {p["pid"]: p["comm"] for p in i["processes"]}
        expect(all(got.get(pid) == comm for pid, comm in want.items()), "podman%s: processes %s" % (end, got))
        expect(paths(plain + end) == paths(plain), "podman%s: another tree than the plain one" % end)
        expect(i["container"]["engine"] == "podman" and i["container"]["name"] == "cryo", "podman%s: the container" % end)
    folder = where("podman")
    with tarfile.open(plain) as t:
        t.extractall(folder)
    for n in tree(plain):
        if n["path"].endswith(".img") and "/" in n["path"]:
            a = run("show", "--json", plain, n["path"]).stdout
            b = run("show", "--json", os.path.join(folder, "checkpoint"), os.path.basename(n["path"])).stdout
            expect(a == b, "podman: %s differs from the unpacked one" % n["path"])
    p = run("check", "--json", os.path.join(podman, "container-final.tar"), codes=(1,))
    expect([json.loads(x)["rule"] for x in p.stdout.splitlines()] == ["missing-parent"], "a missing parent is all there is")
    expect(info(os.path.join(podman, "container-pre.tar"))["set"] == "pre-checkpoint", "a pre-checkpoint is a set")
    dedup = info(os.path.join(CORPUS, "criu", "chain-dedup.tar"))
    expect(dedup["parents"] == 2 and len(dedup["sets"]) == 3, "a chain in a tar")


def main():
    data = podman_like()
    plain = write("podman.tar", data)
    same_as_unpacked(plain)
    test_engine_files(plain)
    test_packings(data)
    test_bomb()
    test_parents()
    test_hostile()
    test_truncated(data)
    test_stream()
    test_shards()
    test_streams_in_tar()
    test_oci()
    test_folders()
    if os.path.isdir(os.path.join(CORPUS, "criu", "podman")):
        test_corpus()
    print("%d failures" % len(failures))
    return 1 if failures else 0


try:
    status = main()
finally:
    shutil.rmtree(work, ignore_errors=True)
sys.exit(status)
