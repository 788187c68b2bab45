#!/usr/bin/env python3
"""find over real sets: every marker that the truth knows is found at its address, and every hit of
`find` is what `read --raw` has there."""
import json, os, subprocess, sys

PROGRAM = os.environ.get("CRYOSCOPE", "build/cryoscope")
CORPUS = os.environ.get("CRYOSCOPE_CORPUS", "../shared/corpus")
SETS = ["counter", "counter-2", "tree", "tree-v3", "ns-tree", "arm64-counter", "zombie"]
failures, checked = [], {}


def run(*args):
    p = subprocess.run([PROGRAM, *args], capture_output=True)
    return p.returncode, p.stdout, p.stderr.decode(errors="replace")


def check(good, text):
    if not good:
        failures.append(text)
        print("FAIL", text)


def count(what):
    checked[what] = checked.get(what, 0) + 1


def find(source, *args):
    code, out, err = run("find", "-q", "--json", source, *args)
    check(code in (0, 1, 3, 4), f"find {source} {args}: exit {code} {err}")
    return [json.loads(line) for line in out.splitlines()]


def state(source, pid, va):
    out = run("where", "--json", source, f"va:{va:#x}@{pid}")[1]
    return json.loads(out)["state"] if out else "none"


def marker(source, pid, m):
    data = m["text"].encode("latin-1", "replace")
    if state(source, pid, m["addr"]) not in ("present", "parent"):
        return
    count("markers")
    for args in (["-x", data.hex()], ["-e", "".join("\\x%02x" % b for b in data)],
                 ["--pid", str(pid), "-j1", "-x", data.hex()]):
        hits = find(source, *args)
        check(any(h["pid"] == pid and int(h["va"], 16) == m["addr"] for h in hits),
              f"{source} {pid} {m['addr']:#x} not found: {args}")
    for h in hits:
        raw = run("read", "-q", "--raw", source, f"va:{h['va']}@{h['pid']}", str(h["length"]))[1]
        in_file = run("read", "-q", "--raw", source, f"off:{h['offset']}@{h['path']}",
                      str(h["length"]))[1]
        check(raw == data, f"{source} {h}: memory has {raw!r}")
        check(in_file == data or h["offset"] % 4096 + h["length"] > 4096,
              f"{source} {h}: the file has {in_file!r}")
        count("hits")


def values(source, pid, m):
    """The eight bytes at the marker as an integer, and as a pointer."""
    v = int.from_bytes(m["text"].encode("latin-1", "replace")[:8].ljust(8, b"\0"), "little")
    if len(m["text"]) < 8 or state(source, pid, m["addr"]) not in ("present", "parent"):
        return
    count("values")
    hits = find(source, f"u64:{v:#x}", "--pid", str(pid))
    check(m["addr"] in [int(h["va"], 16) for h in hits], f"{source} u64 at {m['addr']:#x}")
    hits = find(source, f"ptr:{v:#x}-{v + 1:#x}", "--pid", str(pid))
    check((m["addr"] in [int(h["va"], 16) for h in hits]) == (m["addr"] % 8 == 0),
          f"{source} pointer at {m['addr']:#x}")


def main():
    if not os.path.isdir(f"{CORPUS}/criu"):
        print("skipped: no corpus at", CORPUS)
        return 77
    for name in SETS:
        truth = json.load(open(f"{CORPUS}/criu/{name}.truth.json"))
        for p in truth["processes"]:
            for m in p.get("markers", []):
                if "addr" in m and m.get("text"):
                    marker(f"{CORPUS}/criu/{name}", p["nspid"][-1], m)
                    values(f"{CORPUS}/criu/{name}", p["nspid"][-1], m)
    chain = json.load(open(f"{CORPUS}/criu/chain.truth.json"))
    for level, t in enumerate(chain["levels"], 1):
        p = t["processes"][0]
        for m in p.get("markers", []):
            if "addr" in m and m.get("text"):
                marker(f"{CORPUS}/criu/chain/{level}", p["nspid"][-1], m)
    check(checked.get("markers", 0) > 20, "few markers were there to find")
    print(checked, len(failures), "failures")
    return bool(failures)


sys.exit(main())
