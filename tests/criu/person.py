#!/usr/bin/env python3
"""Compares the fields of processes (`show --json SET pid:N`, `info --json`) with what /proc and ptrace said
before the dump: command line, auxiliary vector, identity, limits, signals, threads' registers, descriptors.

On x86 a thread in a restartable system call is stored with its ip at the call: the truth's `restart`.
"""
import json
import os
import re
import struct
import subprocess
import sys

PROGRAM = os.environ.get("CRYOSCOPE", "build/cryoscope")
CORPUS = os.environ.get("CRYOSCOPE_CORPUS", "../shared/corpus")
SETS = ["counter", "counter-2", "tree", "tree-v3", "ns-tree", "zombie", "arm64-counter", "lazy"]
LIMITS = {"Max cpu time": "CPU", "Max file size": "FSIZE", "Max data size": "DATA", "Max stack size": "STACK",
	"Max core file size": "CORE", "Max resident set": "RSS", "Max processes": "NPROC", "Max open files": "NOFILE",
	"Max locked memory": "MEMLOCK", "Max address space": "AS", "Max file locks": "LOCKS",
	"Max pending signals": "SIGPENDING", "Max msgqueue size": "MSGQUEUE", "Max nice priority": "NICE",
	"Max realtime priority": "RTPRIO", "Max realtime timeout": "RTTIME"}
CAPS = {"CapInh": "inheritable", "CapPrm": "permitted", "CapEff": "effective", "CapBnd": "bounding",
	"CapAmb": "ambient"}
failures, compared = [], {}


def same(where, what, ours, truth):
	compared[what] = compared.get(what, 0) + 1
	if ours != truth:
		failures.append("%s: %s: we say %r, the truth is %r" % (where, what, ours, truth))


def run(*args):
	done = subprocess.run((PROGRAM,) + args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
	if done.returncode not in (0, 4):
		failures.append("%s: exit %d: %s" % (" ".join(args), done.returncode, done.stderr.decode()))
		return {}
	return json.loads(done.stdout.decode("utf-8"))


def lossy(text):
	"""What JSON can hold of a text that is not UTF-8."""
	return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def auxv(where, ours, truth):
	data = bytes.fromhex(truth)
	values = []
	for kind, value in struct.iter_unpack("<QQ", data[:len(data) // 16 * 16]):
		if kind == 0:
			break
		values.append(value)
	got = [int(v, 16) if isinstance(v, str) else v for v in ours.get("auxv", {}).values()]
	same(where, "auxv", got, values)


def limits(where, ours, truth):
	for line in truth.splitlines()[1:]:
		name, soft, hard = line[:26].strip(), *line[26:].split()[:2]
		same(where, "limit", ours.get(LIMITS[name]), "%s of %s" % (soft, hard))


def signals(where, ours, p):
	mask = int(p["sig"]["SigIgn"], 16), int(p["sig"]["SigCgt"], 16)
	same(where, "handlers", (ours["signals"]["ignored"], ours["signals"]["caught"]), mask)
	shared = bin(int(p["sig"]["ShdPnd"], 16)).count("1")
	same(where, "shared signals", len(ours["signals"].get("pending", [])) >= shared, True)


def threads(where, ours, p):
	got = {t["tid"]: t for t in ours["threads"]["thread"]}
	for t in p["threads"]:
		tid = t["nspid"][-1]
		mine = got.get(tid)
		if not mine:
			same(where, "thread", None, tid)
			continue
		same(where, "thread comm", mine["comm"], lossy(t["comm"]))
		if mine.get("blocked signals") is not None:
			same(where, "blocked", mine["blocked signals"], int(t["SigBlk"], 16))
		pending = bin(int(t["SigPnd"], 16)).count("1")
		same(where, "pending", len(mine.get("pending", [])) >= pending, True)
		registers(where + " thread %d" % tid, mine["registers"], t)


def registers(where, ours, t):
	want = dict(t.get("regs", {}))
	want.update(t.get("restart") or {})
	for name, value in ours.items():
		if isinstance(value, list) or name not in want or isinstance(want[name], list):
			continue
		if name in ("mode", "orig_ax"):
			continue # what the freezer makes of the interrupted call
		# The system call was interrupted for the dump; ip and ax say how it goes on.
		if name in ("ip", "ax") and not t.get("restart"):
			continue
		same(where, "register", (name, int(value, 16)), (name, want[name]))


def descriptors(where, ours, p):
	got = {d["fd"]: d for d in ours.get("descriptors", {}).get("descriptor", [])}
	same(where, "descriptors", sorted(got), sorted(f["fd"] for f in p["fds"]))
	for f in p["fds"]:
		d = got.get(f["fd"], {})
		if d.get("file type") == "REG" and f["target"].startswith("/") and "O_PATH" not in str(d):
			same(where, "position", (f["fd"], d["position"]), (f["fd"], f["pos"]))


def places(where, ours, p):
	"""Of a task in a namespace the truth has the paths as its own /proc shows them; what was unlinked is
	said so by both."""
	for theirs, mine in (("exe", "executable"), ("cwd", "working directory"), ("root", "root")):
		if p.get(theirs):
			same(where, theirs, ours[mine], lossy(p[theirs]))


def dumpers(name, source, pid, truth):
	"""Which are the dumper's own: here it ran in the first namespaces, whose inodes are the kernel's."""
	text = subprocess.run((PROGRAM, "show", source, "pid:%d" % pid), stdout=subprocess.PIPE).stdout.decode()
	for kind, note in re.findall(r"^  (uts|ipc|net|mnt|user|pid) +\d+ +(.*)$", text, re.M):
		inode = int(truth[kind].split("[")[1].rstrip("]"))
		same("%s pid %d" % (name, pid), "own namespace", (kind, "dumper's own" not in note),
			(kind, inode >= 4026532000))


def namespaces(name, truth):
	"""Numbers of namespaces are CRIU's own: who shares one with whom must be the same."""
	source = os.path.join(CORPUS, "criu", name)
	ours = {}
	for p in truth["processes"]:
		pid = p["nspid"][-1]
		if p.get("ns") and not p["state"].startswith("Z"):
			dumpers(name, source, pid, p["ns"])
			ours[pid] = run("show", "--json", source, "pid:%d" % pid).get("namespaces", {}), p["ns"]
	for a, (mine, theirs) in ours.items():
		for b, (his, hers) in ours.items():
			for kind in mine:
				if a < b and kind in his and theirs.get(kind) and hers.get(kind):
					same("%s pids %d, %d" % (name, a, b), "namespaces", (kind, mine[kind] == his[kind]),
						(kind, theirs[kind] == hers[kind]))


def process(name, p, shown):
	pid = p["nspid"][-1]
	where = "%s pid %d" % (name, pid)
	source = os.path.join(CORPUS, "criu", name)
	ours = run("show", "--json", source, "pid:%d" % pid)
	if not ours:
		return
	same(where, "comm", ours["comm"], lossy(p["comm"]))
	if p["state"].startswith("Z") or not p.get("auxv_hex"):
		return
	if name == "lazy": # its stack was left behind
		p["cmdline"] = []
		shown[pid]["cmdline"] = shown[pid]["cmdline"] or []
	text = ours.get("command line", {}).get("argument", [])
	same(where, "cmdline", text, [lossy(a) for a in p["cmdline"]])
	same(where, "info cmdline", shown.get(pid, {}).get("cmdline"), [lossy(a) for a in p["cmdline"]])
	auxv(where, ours, p["auxv_hex"])
	places(where, ours, p)
	uids = ["uid %d gid %d" % pair for pair in zip(p["uid"], p["gid"])]
	creds = ours["credentials"]
	same(where, "uids", [creds[k] for k in ("real", "effective", "saved", "file system")], uids)
	same(where, "groups", creds.get("group", []), p["groups"])
	same(where, "umask", ours["umask"], int(p["umask"], 8))
	for theirs, mine in CAPS.items():
		same(where, "capabilities", ours["capabilities"][mine], int(p["cap"][theirs], 16))
	same(where, "seccomp", ours.get("seccomp", 0), int(p["seccomp"]))
	same(where, "login uid", ours.get("login uid", 2 ** 32 - 1), int(p["loginuid"]))
	limits(where, ours["limits"], p["limits"])
	signals(where, ours, p)
	threads(where, ours, p)
	descriptors(where, ours, p)


def main():
	if not os.path.isdir(os.path.join(CORPUS, "criu")):
		print("skipped: no corpus at " + CORPUS)
		return 77
	for name in sys.argv[1:] or SETS:
		truth = json.load(open(os.path.join(CORPUS, "criu", name + ".truth.json")))
		info = run("info", "--json", os.path.join(CORPUS, "criu", name))
		shown = {p["pid"]: p for p in info.get("processes", [])}
		for p in truth["processes"]:
			process(name, p, shown)
		namespaces(name, truth)
	for failure in failures[:40]:
		print(failure)
	print(compared, len(failures), "failures")
	return bool(failures)


sys.exit(main())
