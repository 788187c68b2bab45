#!/usr/bin/env python3
"""diff of damaged sets: what is not here is unknown, and said; it is never changed, new or gone.

Each damage is done to a set of one process, eight pages at BASE. The damaged set is compared with
itself, with a copy of itself, and both ways round with the sound one: what must be told then is
written beside the damage. Then a file that is cut while it is read, and pairs that have nothing in
common."""
import json, os, random, re, shutil, signal, subprocess, sys, tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _images import PRESENT, make, message, mm, real, vma, write

PROGRAM = os.environ.get("CRYOSCOPE", "build/cryoscope")
FIXTURES = os.environ.get("FIXTURES", "build/fixtures")
PARENT = 1
BASE, PAGE, TOP = 0x100000000, 4096, 1 << 64
END = BASE + 16 * PAGE
EQUAL, DIFFERS, WRONG, DAMAGED, PARTLY = range(5)
failures = checks = 0


def expect(what, is_so, *values):
    global failures, checks
    checks += 1
    if not is_so:
        failures += 1
        print("FAIL", what, *values)


# ---- sets ----

def pages(first, count, size=PAGE):
    """Page n is full of byte n + 1."""
    return b"".join(bytes([n + 1]) * size for n in range(first, first + count))


def core():
    with open(real("core"), "rb") as f:
        data = f.read()
    return data[12:12 + int.from_bytes(data[8:12], "little")]


def make_set(folder, vmas=((BASE, END),), runs=((BASE, 8),), data=pages(0, 8), auxv=()):
    make(folder, 7, {7: core()}, mm([vma(start, end, 3) for start, end in vmas], auxv=auxv), runs, data)
    return folder


def pagemap(folder, *runs):
    write(folder, "pagemap-7.img", message((1, 1)),
          *[message((1, va), (2, n), (4, flags)) for va, n, flags in runs])


def in_parent(folder, parent):
    """The sound set's memory, of which the first half is left to a parent."""
    make_set(folder, data=pages(4, 4))
    pagemap(folder, (BASE, 4, PARENT), (BASE + 4 * PAGE, 4, PRESENT))
    if parent:
        os.symlink(parent, os.path.join(folder, "parent"))


def pages_file(folder):
    return os.path.join(folder, "pages-1.img")


def of_another_machine(folder):
    make_set(folder)
    path = os.path.join(folder, "core-7.img")
    with open(path, "r+b") as f:
        f.seek(12)
        if f.read(2) != b"\x08\x01":
            raise SystemExit("core_entry does not begin with mtype X86_64")
        f.seek(13)
        f.write(b"\x03")


# ---- what is told ----

class Told:
    """Exit status; {address: change} of pages, other changes, how many pages are unknown."""

    def __init__(self, status, out, err):
        self.status, self.err = status, err
        changes = [json.loads(line) for line in out.splitlines()]
        self.pages = {(int(c["va"], 16) - BASE) // PAGE: c["change"] for c in changes if c["kind"] == "page"}
        self.others = [c for c in changes if c["kind"] not in ("page", "process")]
        found = re.search(r"(\d+) pages could not be compared: their bytes are not here", err)
        self.unknown = int(found[1]) if found else 0


def diff(a, b, *options):
    p = subprocess.run([PROGRAM, "diff", *options, a, b], capture_output=True, text=True, timeout=60)
    expect(f"{a} {b}: no crash", 0 <= p.returncode <= 4 and "runtime error" not in p.stderr, p.returncode, p.stderr)
    return p


def told(a, b):
    p = diff(a, b, "--json")
    return Told(p.returncode, p.stdout, p.stderr)


BACK = {"added": "removed", "removed": "added", "changed": "changed"}


def with_itself(folder, status, unknown=None):
    copy = folder + "-copy"
    shutil.copytree(folder, copy, symlinks=True)
    for other in (folder, copy):
        t = told(folder, other)
        name = f"{folder} with {'its copy' if other == copy else 'itself'}"
        expect(name, not t.pages and not t.others, t.pages, t.others)
        expect(name + ": exit", t.status in status if isinstance(status, tuple) else t.status == status, t.status, t.err)
        expect(name + ": unknown", unknown in (None, t.unknown), t.unknown)
        text = diff(folder, other).stdout
        expect(name + ": as text", not re.search(r"^ *[~+-] ", text, re.M), text)
    shutil.rmtree(copy)


def with_sound(folder, status, want, unknown=0, regions=0):
    """`want`: {page: change}, from the sound set to this one."""
    for a, b, should in (("sound", folder, want), (folder, "sound", {p: BACK[how] for p, how in want.items()})):
        t = told(a, b)
        expect(f"{a} with {b}: pages", t.pages == should, t.pages, "should be", should)
        expect(f"{a} with {b}: others", len(t.others) == regions and all(c["kind"] == "vma" for c in t.others), t.others)
        expect(f"{a} with {b}: unknown", t.unknown == unknown, t.unknown)
        expect(f"{a} with {b}: exit", t.status == (DIFFERS if want or regions else status), t.status, t.err)


# ---- damages ----

def all_of(how, *numbers):
    return {n: how for n in numbers}


def missing_bytes():
    make_set("missing")
    os.unlink(pages_file("missing"))
    with_itself("missing", PARTLY, 8)
    with_sound("missing", PARTLY, {}, unknown=8)
    # The page that is cut, too: half of it is no page. A cut is damage, and says so.
    make_set("cut")
    os.truncate(pages_file("cut"), 3 * PAGE + 100)
    with_itself("cut", DAMAGED, 5)
    with_sound("cut", DAMAGED, {}, unknown=5)
    # What is known to differ decides.
    make_set("cut-changed", data=b"\xee" * PAGE + pages(1, 2))
    with_itself("cut-changed", DAMAGED, 5)
    with_sound("cut-changed", DAMAGED, {0: "changed"}, unknown=5)
    text = diff("cut", "missing", "--summary").stdout
    expect("the summary of what is not known", "nothing differs in what is here" in text and
           "8 not in the images" in text, text)
    with open("keys", "w") as f:
        f.write("@screen\n")
    p = subprocess.run([PROGRAM, "--script", "keys", "sound", "missing"], capture_output=True, text=True, timeout=60)
    expect("the browser of what is not known", p.returncode == 0 and "nothing differs in what is here" in p.stdout,
           p.stdout, p.stderr)


def parents():
    in_parent("whole-chain", "../sound")
    with_itself("whole-chain", EQUAL, 0)
    with_sound("whole-chain", EQUAL, {})
    for name, link, status in (("no-link", None, PARTLY), ("no-parent", "../nowhere", PARTLY),
                               ("own-parent", "../own-parent", DAMAGED), ("round", "../round-2", DAMAGED),
                               ("parent-is-a-file", "sound/mm-7.img", PARTLY)):
        in_parent(name, link)
        if name == "round":
            in_parent("round-2", "../round")
        with_itself(name, status, 4)
        with_sound(name, status, {}, unknown=4)


def regions():
    # 0x123 bytes of page 0 are mapped no more; of page 16 one is, which nothing was ever written to.
    make_set("off-border", vmas=((BASE + 0x123, END + 1),))
    with_itself("off-border", EQUAL, 0)
    with_sound("off-border", EQUAL, {0: "changed"}, regions=1)
    make_set("overlapping", vmas=((BASE, BASE + 8 * PAGE), (BASE + 4 * PAGE, END), (BASE, END)))
    with_itself("overlapping", DAMAGED, 0)
    with_sound("overlapping", DAMAGED, {})
    make_set("to-the-end", vmas=((BASE, TOP - 1),))
    with_itself("to-the-end", EQUAL, 0)
    with_sound("to-the-end", EQUAL, {}, regions=1)
    make_set("backwards", vmas=((END, BASE), (BASE, BASE)))
    with_itself("backwards", DAMAGED, 0)
    with_sound("backwards", DAMAGED, all_of("removed", *range(8)), regions=1)


def pagemaps():
    make_set("disordered", runs=((BASE + 4 * PAGE, 4), (BASE, 4)), data=pages(4, 4) + pages(0, 4))
    with_itself("disordered", DAMAGED, 0)
    with_sound("disordered", DAMAGED, {})
    # Pages 2 and 3 are those of the first run; 4 and 5 have bytes of 6 and 7.
    make_set("twice", runs=((BASE, 4), (BASE + 2 * PAGE, 4)))
    with_itself("twice", DAMAGED, 0)
    with_sound("twice", DAMAGED, all_of("changed", 4, 5) | all_of("removed", 6, 7))
    # Eight more are in the region.
    make_set("beyond-the-file", runs=((BASE, 8), (BASE + 8 * PAGE, 1 << 51)))
    with_itself("beyond-the-file", DAMAGED, 8)
    with_sound("beyond-the-file", DAMAGED, {}, unknown=8)
    make_set("beyond-64-bits", runs=((BASE, 8), (TOP - PAGE, 16)))
    with_itself("beyond-64-bits", DAMAGED, 0)
    with_sound("beyond-64-bits", DAMAGED, {})
    # Bytes lie five later than they did: five of each page differ, and five of the ninth are new.
    make_set("off-page", runs=((BASE + 5, 8),))
    with_itself("off-page", EQUAL, 0)
    with_sound("off-page", EQUAL, all_of("changed", *range(8)) | {8: "added"})


def random_bytes(rounds=40):
    """Whatever is wrong with a set, its copy has it, too."""
    in_parent("soil", "../sound")
    names = sorted(n for n in os.listdir("soil") if n.endswith(".img"))
    for seed in range(rounds):
        rng, folder = random.Random(seed), f"random-{seed}"
        shutil.copytree("soil", folder, symlinks=True)
        path = os.path.join(folder, rng.choice(names))
        with open(path, "r+b") as f:
            data = bytearray(f.read())
            for _ in range(rng.randint(1, 4)):
                data[rng.randrange(min(len(data), 600))] = rng.choice((0, 1, 0x7f, 0x80, 0xff, rng.randrange(256)))
            del data[rng.choice((len(data), len(data), rng.randrange(len(data)))):]
            f.seek(0)
            f.write(data)
            f.truncate()
        t = told(folder, folder)
        if t.status != WRONG: # no set any more
            with_itself(folder, (EQUAL, DAMAGED, PARTLY))
        told("sound", folder)
        told(folder, "sound")
        shutil.rmtree(folder)


# ---- files that change ----

BIG = 16384


def big(folder):
    block = b"".join(bytes([1 + n % 250]) * PAGE for n in range(1024))
    make_set(folder, vmas=((BASE, BASE + BIG * PAGE),), runs=((BASE, BIG),), data=block * (BIG // 1024))
    return folder


def are_open(pid):
    """Both files of pages."""
    fds = f"/proc/{pid}/fd"
    try:
        return sum(os.readlink(os.path.join(fds, n)).endswith("pages-1.img") for n in os.listdir(fds)) == 2
    except OSError:
        return False


def diff_held(which, size):
    """The process is held when both files are open, and goes on when one was cut."""
    big("big-1")
    big("big-2")
    p = subprocess.Popen([PROGRAM, "diff", "--json", "big-1", "big-2"], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True)
    while p.poll() is None and not are_open(p.pid):
        pass
    p.send_signal(signal.SIGSTOP)
    os.truncate(pages_file(which), size)
    p.send_signal(signal.SIGCONT)
    out, err = p.communicate()
    return Told(p.returncode, out, err)


def cut_while_read(which, size):
    for _ in range(20): # on a busy machine it may have been faster
        t = diff_held(which, size)
        if t.unknown:
            break
    name = f"{which} cut to {size}"
    expect(name, not t.pages and not t.others, len(t.pages), t.others)
    expect(name + ": unknown", 0 < t.unknown <= BIG - size // PAGE, t.unknown)
    expect(name + ": exit", t.status == DAMAGED, t.status, t.err)
    expect(name + ": said", f"{which}: pages-1.img" in t.err and "became shorter" in t.err, t.err)


def cuts():
    for which, size in (("big-2", 4 << 20), ("big-1", (1 << 20) + 100), ("big-2", 0)):
        cut_while_read(which, size)


# ---- what cannot be compared ----

def refused(a, b, *words):
    for first, second in ((a, b), (b, a)):
        for option in ("--json", "--summary", "--pages"):
            p = diff(first, second, option)
            expect(f"{first} {second} {option}", p.returncode == WRONG and not p.stdout and
                   all(w in p.stderr for w in ("cannot be compared", *words)), p.returncode, p.stdout, p.stderr)


def strangers():
    of_another_machine("machine")
    refused("sound", "machine", "X86_64", "AARCH64")
    make_set("large-pages", runs=((BASE, 2),), data=pages(0, 2, 65536), auxv=(6, 65536))
    with_itself("large-pages", EQUAL, 0)
    refused("sound", "large-pages", "4096", "65536")
    # A pre-dump does not say what machine it is of: the smaller pages count, and their bytes are as they are.
    os.mkdir("pre-dump")
    for name in ("pagemap-7.img", "pages-1.img"):
        shutil.copy(os.path.join("sound", name), "pre-dump")
    for a, b, how in (("pre-dump", "large-pages", "added"), ("large-pages", "pre-dump", "removed")):
        t = told(a, b)
        want = all_of("changed", *range(1, 8)) | all_of(how, *range(8, 16))
        expect(f"{a} with {b}: pages", t.pages == want, t.pages)
    stream = os.path.join(FIXTURES, "xen/pv64.libxc")
    refused("sound", stream, "processes", "machine")


def main():
    global PROGRAM, FIXTURES
    PROGRAM, FIXTURES = os.path.abspath(PROGRAM), os.path.abspath(FIXTURES)
    with tempfile.TemporaryDirectory() as tmp:
        os.chdir(tmp)
        make_set("sound")
        with_itself("sound", EQUAL, 0)
        for damage in (missing_bytes, parents, regions, pagemaps, random_bytes, strangers, cuts):
            damage()
        os.chdir("/")
    print(checks, "checks,", failures, "failed")
    return 1 if failures else 0


sys.exit(main())
