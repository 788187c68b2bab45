#!/usr/bin/env python3
"""find says how many pages it could not search, found something or not: as many as crit counts as
lazy, or as in a parent that was taken away, or as in a pages file that was; and exits with 4, or
3 if that is damage."""
import glob, json, os, re, shutil, subprocess, sys, tempfile

PROGRAM = os.environ.get("CRYOSCOPE", "build/cryoscope")
CRIU = os.environ.get("CRYOSCOPE_CORPUS", "../shared/corpus") + "/criu"
PRESENT, PARENT, LAZY = 4, 1, 2
failures = []


def check(good, text):
    if not good:
        failures.append(text)
        print("FAIL", text)


def counted(folder, wanted):
    """Pages of the entries of crit's pagemap whose flags `wanted` likes."""
    name, = glob.glob(f"{folder}/pagemap-[0-9]*.plain.json")
    entries = json.load(open(name))["entries"][1:]
    return sum(e.get("nr_pages", e.get("compat_nr_pages", 0)) for e in entries if wanted(e.get("flags", 0)))


def told(source, pattern, pages, why, status=4):
    for extra in ((), ("-q",), ("--json",)):
        p = subprocess.run([PROGRAM, "find", *extra, source, pattern], capture_output=True)
        err = p.stderr.decode(errors="replace")
        line = re.search(r"(\d+) pages? could not be searched: (.*)", err)
        check(p.returncode == status, f"{source} {pattern} {extra}: exit {p.returncode}")
        if extra == ("-q",):
            check(not line, f"{source}: -q is not quiet: {err}")
            continue
        check(line and int(line[1]) == pages and why in line[2],
              f"{source} {pattern}: {pages} {why}, not {err!r}")
        check(b"could not be" not in p.stdout, f"{source}: stdout is for data")


def none(source, pattern, status):
    p = subprocess.run([PROGRAM, "find", source, pattern], capture_output=True)
    check(p.returncode == status, f"{source} {pattern}: exit {p.returncode}")
    check(b"could not be" not in p.stderr, f"{source}: {p.stderr}")


def main():
    if not os.path.isdir(CRIU):
        print("skipped: no corpus at", CRIU)
        return 77
    lazy = counted(CRIU + "/lazy.crit", lambda f: f & LAZY and not f & PRESENT)
    check(lazy > 100, "the lazy set has lazy pages")
    none(CRIU + "/counter", "CRYO-SHMEM-MARKER", 0)
    none(CRIU + "/counter", "nothing-of-the-kind", 1)
    none(CRIU + "/chain/3", "nothing-of-the-kind", 1)
    for pattern in ("CRYO-SHMEM-MARKER", "nothing-of-the-kind"):
        told(CRIU + "/lazy", pattern, lazy, f"{lazy} lazy")
    with tempfile.TemporaryDirectory() as tmp:
        alone = shutil.copytree(CRIU + "/chain/3", tmp + "/alone", symlinks=True)
        pages = counted(CRIU + "/chain.crit/3", lambda f: f & PARENT)
        for pattern in ("CRYO-SHMEM-MARKER", "nothing-of-the-kind"):
            told(alone, pattern, pages, "parent")
        short = shutil.copytree(CRIU + "/counter", tmp + "/short", symlinks=True)
        pages = counted(CRIU + "/counter.crit", lambda f: f & PRESENT)
        biggest = max(glob.glob(short + "/pages-*.img"), key=os.path.getsize)
        check(os.path.getsize(biggest) == pages * 4096, "the biggest pages file is that of the process")
        os.chmod(short, 0o755)
        os.chmod(biggest, 0o644)
        os.truncate(biggest, 5 * 4096)
        told(short, "nothing-of-the-kind", pages - 5, "the pages file ends before it", 3)
        os.remove(biggest)
        told(short, "nothing-of-the-kind", pages, "is missing")
    print(len(failures), "failures")
    return bool(failures)


sys.exit(main())
