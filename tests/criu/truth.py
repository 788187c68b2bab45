#!/usr/bin/env python3
"""Compares what `info`, `tree` and `show` say of real sets with what /proc said before the dump.

The truth files were read from /proc and by ptrace; see README.md beside them for the exceptions: [vvar] and
[vvar_vclock] are one mapping in the images, and a stack may begin one page lower there.
timeout: 120
"""
import glob
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.environ.get("CRYOSCOPE", "cryoscope")
PAGE = 4096
failures = []


def fail(where, what, ours, truth):
	failures.append("%s: %s: we say %r, the truth is %r" % (where, what, ours, truth))


def same(where, what, ours, truth):
	if ours != truth:
		fail(where, what, ours, truth)


def run(*args):
	done = subprocess.run((PROGRAM,) + args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
	if done.returncode:
		fail(" ".join(args), "exit status", done.returncode, 0)
		sys.stderr.write(done.stderr.decode("utf-8", "replace"))
	return done.stdout.decode("utf-8")


def lines(*args):
	return [json.loads(line) for line in run(*args).splitlines()]


def clean(text):
	"""A name from /proc as our text shows it."""
	out, escaped = "", False
	for c in text:
		n = ord(c)
		if 0xdc80 <= n <= 0xdcff:
			out, escaped = out + "\\x%02x" % (n - 0xdc00), True
		elif c in "\n\t\r":
			out, escaped = out + {"\n": "\\n", "\t": "\\t", "\r": "\\r"}[c], True
		elif n < 32 or n == 127:
			out, escaped = out + "\\x%02x" % n, True
		else:
			out += c
	if escaped:
		out = ""
		for c in text:
			n = ord(c)
			if c == "\\":
				out += "\\\\"
			elif 0xdc80 <= n <= 0xdcff:
				out += "\\x%02x" % (n - 0xdc00)
			elif c in "\n\t\r":
				out += {"\n": "\\n", "\t": "\\t", "\r": "\\r"}[c]
			elif n < 32 or n == 127:
				out += "\\x%02x" % n
			else:
				out += c
	return out


def pid_of(process):
	return process["nspid"][-1]


def tid_of(thread):
	return thread["nspid"][-1] if thread.get("nspid") else thread["tid"]


STATES = {"Z": "dead", "T": "stopped"}


def check_processes(name, info, truth):
	pids = {p["pid"]: pid_of(p) for p in truth["processes"]}
	ours = {p["pid"]: p for p in info["processes"]}
	same(name, "pids", sorted(ours), sorted(pids.values()))
	for p in truth["processes"]:
		mine = ours.get(pid_of(p))
		if not mine:
			continue
		where = "%s pid %d" % (name, pid_of(p))
		same(where, "parent", mine["ppid"], pids.get(p["ppid"], 0))
		same(where, "comm", mine["comm"], p["comm"])
		same(where, "state", mine["state"], STATES.get(p["state"], "alive"))
		if p["state"] != "Z":
			same(where, "threads", sorted(mine["threads"]),
			     sorted(tid_of(t) for t in p["threads"]))


def check_threads(name, rows, truth):
	"""Names of threads stand behind their core images."""
	summaries = {r["path"]: r["summary"] for r in rows}
	for p in truth["processes"]:
		for t in p["threads"]:
			if "comm" not in t or p["state"] == "Z":
				continue
			said = summaries.get("core-%d.img" % tid_of(t), "")
			if not re.match("(thread [0-9]+  )?" + re.escape(clean(t["comm"].rstrip("\n"))) + "(,|$)", said):
				fail("%s thread %d" % (name, tid_of(t)), "comm", said, t["comm"])


def true_vmas(process):
	"""start, end, perms, name; the halves of vvar made one."""
	out = []
	for v in process["vmas"]:
		row = [v["start"], v["end"], v["prot"] + ("s" if v["shared"] else "p"), v["path"]]
		if row[3].startswith("[vvar") and out and out[-1][3] == "[vvar]" and out[-1][1] == row[0]:
			out[-1][1] = row[1]
			continue
		out.append(row)
	return out


def our_vmas(source, pid, rows):
	mm = json.loads(run("show", "--json", source, "mm-%d.img" % pid))["entries"][0]
	said = {r["path"]: r["summary"] for r in rows}
	out = []
	for i, v in enumerate(mm["vmas"]):
		line = said["mm-%d.img/vmas[%d]" % (pid, i)]
		found = re.fullmatch(r"(\S{4}) \S+ (.*?)  0x([0-9a-f]+)-0x([0-9a-f]+)(?:  (.*))?", line)
		name = found[5] or found[2]
		if not name.endswith(found[2]):
			fail("%s pid %d" % (source, pid), "short name", found[2], name)
		out.append([int(str(v["start"]), 0), int(str(v["end"]), 0), found[1],
			    "" if name == "anon" else name])
		same("%s pid %d" % (source, pid), "range said", out[-1][:2],
		     [int(found[3], 16), int(found[4], 16)])
	# Older CRIU marks both halves of vvar, too.
	merged = []
	for row in out:
		if row[3] == "[vvar]" and merged and merged[-1][3] == "[vvar]" and merged[-1][1] == row[0]:
			merged[-1][1] = row[1]
		else:
			merged.append(row)
	return merged


def check_vmas(name, source, rows, process):
	where = "%s pid %d" % (name, pid_of(process))
	ours, truth = our_vmas(source, pid_of(process), rows), true_vmas(process)
	same(where, "number of VMAs", len(ours), len(truth))
	for mine, real in zip(ours, truth):
		if real[3] == "[stack]" and mine[0] + PAGE == real[0]:
			mine[0] += PAGE
		real[3] = clean(real[3])
		same(where, "VMA", mine, real)


FIELDS = {"isk": "INETSK", "usk": "UNIXSK", "nlsk": "NETLINKSK", "psk": "PACKETSK"}
ANON = {"[eventfd]": "eventfd ", "[signalfd]": "signalfd", "[timerfd]": "timerfd ",
	"[eventpoll]": "epoll ", "inotify": "inotify ", "[fanotify]": "fanotify ", "[pidfd]": "pidfd "}


def socket_inodes(source):
	files = json.loads(run("show", "--json", source, "files.img"))["entries"]
	out = {}
	for entry in files:
		for field in FIELDS:
			if field in entry:
				out[entry["id"]] = entry[field].get("ino")
	return out


def check_fd(where, said, entry, inodes, target):
	if target.startswith("socket:["):
		ino = inodes.get(entry["id"])
		# Packet sockets do not say their inode.
		if ino is not None:
			same(where, "socket", "socket:[%d]" % ino, target)
		if not re.match("(raw |tcp|udp|unix|netlink|packet|icmp)", said):
			fail(where, "socket", said, target)
	elif target.startswith("anon_inode:"):
		word = ANON[target[len("anon_inode:"):]]
		if not said.startswith(word):
			fail(where, "target", said, target)
	elif said != clean(target) and not re.match(
			re.escape(clean(target)) + r"( with \d+ bytes| \(pty \d+ (master|slave)\)| \(\w+\))$", said):
		fail(where, "target", said, target)


def files_id(source, pid):
	ids = json.loads(run("show", "--json", source, "ids-%d.img" % pid))
	return ids["entries"][0]["files_id"]


def check_fds(name, source, rows, process, inodes):
	pid = pid_of(process)
	image = "fdinfo-%d.img" % files_id(source, pid)
	entries = json.loads(run("show", "--json", source, image))["entries"]
	said = {r["path"]: r["summary"] for r in rows}
	truth = {f["fd"]: f["target"] for f in process["fds"]}
	where = "%s pid %d" % (name, pid)
	same(where, "descriptors", sorted(e["fd"] for e in entries), sorted(truth))
	for i, entry in enumerate(entries):
		text = said["%s[%d]" % (image, i)].replace("  close-on-exec", "")
		fd, arrow, text = text.partition(" -> ")
		same(where, "fd of the row", int(fd), entry["fd"])
		if entry["fd"] in truth:
			check_fd("%s fd %d" % (where, entry["fd"]), text, entry, inodes,
				 truth[entry["fd"]])


def check_set(name, source, truth, parents=0):
	info = json.loads(run("info", "--json", source))
	rows = lines("tree", "--json", source)
	same(name, "kind", info["kind"], "criu")
	same(name, "problems", info["problems"], 0)
	same(name, "parents", info["parents"], parents)
	check_processes(name, info, truth)
	check_threads(name, rows, truth)
	inodes = socket_inodes(source)
	for process in truth["processes"]:
		if process["state"] == "Z":
			continue
		check_vmas(name, source, rows, process)
		check_fds(name, source, rows, process, inodes)


def check_folder(folder):
	done = 0
	for path in sorted(glob.glob(os.path.join(folder, "*.truth.json"))):
		source = path[:-len(".truth.json")]
		name = os.path.basename(source)
		with open(path, encoding="utf-8") as f:
			truth = json.load(f)
		if not os.path.isdir(source):
			continue
		if "levels" in truth and os.path.isdir(source + "/3"):
			check_set(name, source + "/3", truth["levels"][-1], parents=2)
			done += 1
		elif os.path.exists(source + "/pstree.img"):
			check_set(name, source, truth)
			done += 1
	return done


def main():
	done = check_folder(os.path.join(HERE, "..", "real"))
	corpus = os.environ.get("CRYOSCOPE_CORPUS") or os.path.join(HERE, "../../../shared/corpus")
	if os.path.isdir(os.path.join(corpus, "criu")):
		done += check_folder(os.path.join(corpus, "criu"))
	else:
		print("no corpus: only the sets in tests/real were compared")
	for text in failures[:40]:
		print(text)
	print("%d sets, %d differences" % (done, len(failures)))
	sys.exit(1 if failures or not done else 0)


main()
