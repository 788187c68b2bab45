#!/usr/bin/env python3
"""Speed and memory, with the figures that the project promises beside them.

Makes its inputs (B/bench): a pagemap of 1,000,000 entries, a set of 1,000 images with their processes,
a process with 2 GiB of memory (MIB=2048 sets how much), and two streams of a Xen guest with 4 GiB
(XEN_MIB=4096; 0: none). Runs `cryoscope` and, where there are any, `crit` and `verify-stream-v2` on
the same files in the same run. Prints a table of medians; asserts nothing, since a busy machine
proves nothing.

RUNS=5 sets the number of runs, CRIT=path another crit, VERIFY=path another verify-stream-v2,
ONLY=criu or ONLY=xen half of the rows."""
import fcntl
import glob
import os
import pty
import random
import select
import shutil
import statistics
import struct
import subprocess
import sys
import termios
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B") or "build")
PROG = os.path.join(B, "cryoscope")
DIR = os.path.join(B, "bench")
RUNS = int(os.environ.get("RUNS") or 5)
ENTRIES = 1000000
MANY = 1000000
COMMON = 0x54564319
MIB = int(os.environ.get("MIB") or 2048)
XEN_MIB = int(os.environ.get("XEN_MIB") or 4096)
ONLY = os.environ.get("ONLY") or ""
NEEDLE = b"SECRET-1234-abc"


def varint(v):
	out = bytearray()
	while v >= 0x80:
		out.append(v & 0x7f | 0x80)
		v >>= 7
	out.append(v)
	return bytes(out)


def message(*fields):
	return b"".join(varint(n << 3) + varint(v) for n, v in fields)


def record(body):
	return struct.pack("<I", len(body)) + body


def write(path, *parts):
	with open(path, "wb") as f:
		f.writelines(parts)


def make_pagemap(path):
	head = struct.pack("<II", COMMON, 0x56084025) + record(message((1, 1)))
	# vaddr, compat_nr_pages, flags: what CRIU 3.5 to 4.1 writes, so that any crit reads it.
	write(path, head, *(record(message((1, 0x7f0000000000 + i * 8192), (2, 1), (4, 4)))
			    for i in range(ENTRIES)))


def make_set(folder, images=1000):
	real = os.path.join(ROOT, "tests/real/tree")
	os.makedirs(folder)
	for name in ("inventory.img", "files.img", "seccomp.img", "timens-0.img"):
		shutil.copy(os.path.join(real, name), folder)
	per_process = (("core", "core-3382"), ("mm", "mm-3382"), ("fs", "fs-3382"),
		       ("pagemap", "pagemap-3382"))
	processes = -(-(images - 5) // (len(per_process) + 2))
	tree = []
	for n in range(processes):
		pid = 1000 + n
		for kind, template in per_process:
			shutil.copy(os.path.join(real, template + ".img"),
				    os.path.join(folder, "%s-%d.img" % (kind, pid)))
		shutil.copy(os.path.join(real, "fdinfo-2.img"),
			    os.path.join(folder, "fdinfo-%d.img" % (n + 1)))
		ids = message((1, n + 1), (2, n + 1), (3, n + 1), (4, n + 1), (5, 1), (6, 1), (7, 1), (8, 1), (9, 1))
		write(os.path.join(folder, "ids-%d.img" % pid),
		      struct.pack("<II", COMMON, 0x54432030), record(ids))
		tree.append(record(message((1, pid), (2, 1000 + (n - 1) // 4 if n else 0), (3, 1000), (4, 1000),
					   (5, pid))))
	write(os.path.join(folder, "pstree.img"), struct.pack("<II", COMMON, 0x50273030), *tree)


def make_memory(folder, mib):
	"""One process whose memory is `mib` MiB in runs of 2 MiB, a page apart, in a few hundred different
	pages, one of 16 zeros; as a pre-dump has it, without a list of regions."""
	real = os.path.join(ROOT, "tests/real/tree")
	os.makedirs(folder)
	shutil.copy(os.path.join(real, "inventory.img"), folder)
	shutil.copy(os.path.join(real, "core-3382.img"), os.path.join(folder, "core-1000.img"))
	write(os.path.join(folder, "pstree.img"), struct.pack("<II", COMMON, 0x50273030),
	      record(message((1, 1000), (2, 0), (3, 1000), (4, 1000), (5, 1000))))
	runs = mib // 2
	head = struct.pack("<II", COMMON, 0x56084025) + record(message((1, 1)))
	write(os.path.join(folder, "pagemap-1000.img"), head,
	      *(record(message((1, 0x200000000000 + i * (513 << 12)), (2, 512), (4, 4))) for i in range(runs)))
	chance = random.Random(1)
	block = b"".join(bytes(4096) if n % 16 == 0 else chance.randbytes(4096) for n in range(1024))
	with open(os.path.join(folder, "pages-1.img"), "wb") as f:
		for at in range(0, mib << 20, len(block)):
			f.write(block[:(mib << 20) - at])
		f.seek(((mib << 20) * 3 // 4) + 777)
		f.write(NEEDLE)
		f.seek(((mib << 20) * 3 // 4) + 4096)
		f.write(struct.pack("<Q", 0x200000000008))


def search_rows(folder, runs):
	"""find beside grep: seconds, of the wall clock and (busy machines) of the processors; ratios pair by
	pair, in turn, so that all meet the same weather. grep counts lines of the pages file that have a
	match; find lists each match with its process, address, region, file offset and what is around it,
	across the borders of pages, too."""
	pages = os.path.join(folder, "pages-1.img")
	words = NEEDLE.decode()
	expression, classes = "SECRET-[0-9]{4}-[a-z]+", "[A-Z]{6}-[0-9]{4}-[a-z]+"
	first = "0x%x" % 0x200000000000
	find = [PROG, "find", folder]
	commands = (
		# name, argv, the row that it is compared with
		("grep -c -a -F, words of 15 bytes", ["grep", "-c", "-a", "-F", words, pages], 0),
		("find, one thread (promised: 3x)", find + ["-j", "1", words], 0),
		("find, two threads (nearly twice that)", find + ["-j", "2", words], 0),
		("grep -c -a -P, words first", ["grep", "-c", "-a", "-P", expression, pages], 3),
		("find -e, one thread (promised: 2x)", find + ["-j", "1", "-e", expression], 3),
		("find -e, two threads", find + ["-j", "2", "-e", expression], 3),
		("grep -c -a -P, classes first", ["grep", "-c", "-a", "-P", classes, pages], 6),
		("find -e, one thread", find + ["-j", "1", "-e", classes], 6),
		("find -e, two threads", find + ["-j", "2", "-e", classes], 6),
		("find -i, one thread", find + ["-j", "1", "-i", words.lower()], 0),
		("find ptr:, one thread", find + ["-j", "1", "ptr:%s+0x1000" % first], 0),
		("two greps at once: the second processor is worth", None, 0),
	)
	took = [[] for _ in commands]
	peak = [0] * len(commands)
	for _ in range(runs):
		for n, (_, argv, _) in enumerate(commands):
			before = os.times()
			wall, mib, size = run(argv) if argv else both(commands[0][1])
			after = os.times()
			took[n].append((wall, max(0.01, after.children_user + after.children_system -
						  before.children_user - before.children_system)))
			peak[n] = max(peak[n], mib)
			if not size:
				raise SystemExit("found nothing: " + " ".join(argv))
	for n, (name, argv, base) in enumerate(commands):
		wall, cpu = (statistics.median(t[k] for t in took[n]) for k in (0, 1))
		times, cpus = (statistics.median(other[k] / mine[k] for mine, other in zip(took[n], took[base]))
			       for k in (0, 1))
		yield (name, "%.3f s" % wall, "%.1f MB" % peak[n] if argv else "",
		       "%.2fx; processors %.2f s, %.2fx" % (times, cpu, cpus) if argv else "%.2fx" % (2 * times))


def export_rows(folder, runs):
	"""An ELF core beside cp of the pages file that it is made of, in turn, each to a file that was not
	there: both have the kernel copy from file to file."""
	pages, out = os.path.join(folder, "pages-1.img"), os.path.join(folder, "written")
	commands = (
		("cp of the pages file, %.1f GB" % (os.path.getsize(pages) / 1e9), ["cp", pages, out]),
		("export of the process as an ELF core",
		 [PROG, "export", folder, "pid:1000", "--format", "elf-core", "-o", out]),
	)
	took, peak = [[] for _ in commands], [0] * len(commands)
	for _ in range(runs):
		for n, (_, argv) in enumerate(commands):
			wall, mib, _ = run(argv)
			took[n].append(wall)
			peak[n] = max(peak[n], mib)
			if os.path.getsize(out) < os.path.getsize(pages):
				raise SystemExit("too little was written: " + " ".join(argv))
			os.unlink(out)
	for n, (name, _) in enumerate(commands):
		times = statistics.median(mine / other for mine, other in zip(took[n], took[0]))
		yield (name, "%.3f s" % statistics.median(took[n]), "%.1f MB" % peak[n],
		       "%.2f times as long as cp" % times if n else "")


def make_changed(folder, mib):
	"""Beside the set in `folder`: the same with eight bytes of 1,000 pages changed; and one taken after
	it, which has one page in 100 of its own and leaves the rest to its parent."""
	changed, later = folder + "-changed", folder + "-later"
	shutil.copytree(folder, changed)
	chance = random.Random(2)
	with open(os.path.join(changed, "pages-1.img"), "r+b") as f:
		for page in chance.sample(range(mib * 256), 1000):
			f.seek(page * 4096 + 64)
			f.write(b"changed!")
	shutil.copytree(folder, later, ignore=shutil.ignore_patterns("pages-*", "pagemap-*"))
	os.symlink("../" + os.path.basename(folder), os.path.join(later, "parent"))
	runs = []
	for i in range(mib // 2):
		at = 0x200000000000 + i * (513 << 12)
		runs += (record(message((1, at), (2, 5), (4, 4))),
			 record(message((1, at + (5 << 12)), (2, 507), (4, 1))))
	write(os.path.join(later, "pagemap-1000.img"), struct.pack("<II", COMMON, 0x56084025),
	      record(message((1, 1))), *runs)
	with open(os.path.join(later, "pages-1.img"), "wb") as f:
		for i in range(mib // 2 * 5):
			f.write(chance.randbytes(4096))


def diff_rows(folder, runs):
	"""diff beside cmp -l of the pages files, in turn. Plain cmp stops at the first difference; -l goes on to
	the end, at the same speed where nothing differs, which is all but 1,000 pages. It lists each byte,
	diff each page. All is in the page cache as reading from front to back leaves it."""
	pages = [os.path.join(f, "pages-1.img") for f in (folder, folder + "-changed")]
	os.sync()
	for path in pages:
		forget(path)
		remember(path)
	commands = (
		("cmp -l of the pages files, 1,000 pages differ", ["cmp", "-l", *pages]),
		("diff, one thread (promised: 3x)",
		 [PROG, "diff", "--pages", "-j", "1", folder, folder + "-changed"]),
		("diff, two threads (nearly twice that)",
		 [PROG, "diff", "--pages", "-j", "2", folder, folder + "-changed"]),
		("diff of levels that differ in 1 %",
		 [PROG, "diff", "--pages", "-j", "1", folder, folder + "-later"]),
	)
	took, control = [], []
	for _ in range(runs):
		took.append([measure(argv) for _, argv in commands])
		control.append(2 * took[-1][0][0] / both(commands[0][1])[0])
	for n, (name, argv) in enumerate(commands):
		lines = took[0][n][2]
		if not lines:
			raise SystemExit("nothing differs: " + " ".join(argv))
		wall = statistics.median(t[n][0] for t in took)
		cpu = statistics.median(t[n][1].ru_utime + t[n][1].ru_stime for t in took)
		times = statistics.median(t[0][0] / t[n][0] for t in took)
		yield (name, "%.3f s" % wall, "%.1f MB" % max(t[n][1].ru_maxrss / 1024 for t in took),
		       "%.2fx; processors %.2f s" % (times, cpu))
	yield ("two cmp -l at once: the second processor is worth", "", "", "%.2fx" % statistics.median(control))


def make_many(folder):
	"""Beside `folder`: a set with a million pages more than the other has. Nobody looks at the bytes of
	what is on one side only, so that they may be holes."""
	for name, pages in (("-many", MANY + 1), ("-few", 1)):
		one = folder + name
		shutil.copytree(folder, one, ignore=shutil.ignore_patterns("pages-*", "pagemap-*"))
		write(os.path.join(one, "pagemap-1000.img"), struct.pack("<II", COMMON, 0x56084025),
		      record(message((1, 1))), record(message((1, 0x200000000000), (2, pages), (4, 4))))
		with open(os.path.join(one, "pages-1.img"), "wb") as f:
			f.truncate(pages * 4096)


def press(keys, count, a, b):
	"""Seconds for a browser of the two that gets `keys` so many times and draws its screen after each."""
	script = os.path.join(DIR, "keys")
	with open(script, "w") as f:
		f.write((keys + "\n@screen\n") * count)
	return measure([PROG, "--script", script, a, b])


def step_rows(folder, runs):
	"""The next difference: what twice as many presses take longer, by the press."""
	presses = 400
	for what, a, b in (("1,000", folder, folder + "-changed"), ("1,000,000", folder + "-many", folder + "-few")):
		pairs = [(press("]", presses, a, b), press("]", 2 * presses, a, b)) for _ in range(runs)]
		if pairs[0][1][2] < 2 * pairs[0][0][2] - 10000:
			raise SystemExit("too few screens: %d of %d bytes" % (pairs[0][1][2], pairs[0][0][2]))
		took = statistics.median(more[0] - less[0] for less, more in pairs) / presses
		yield ("next difference of %s, and its screen (0.016 s)" % what, "%.6f s" % took,
		       "%.1f MB" % max(more[1].ru_maxrss / 1024 for _, more in pairs), "")


def both(argv):
	"""Two of a command at once. What they print goes to files: grep and cmp stop at the first line if it
	goes to /dev/null."""
	outs = [open(os.path.join(DIR, "out-%d" % n), "wb") for n in range(2)]
	start = time.monotonic()
	for p in [subprocess.Popen(argv, stdout=out) for out in outs]:
		p.wait()
	took = time.monotonic() - start
	for out in outs:
		out.close()
	return took, 0, 1


def measure(argv):
	"""(seconds, resource usage, output bytes) of one run."""
	start = time.monotonic()
	p = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
	size = 0
	while True:
		block = p.stdout.read(1 << 20)
		if not block:
			break
		size += len(block)
	_, status, usage = os.wait4(p.pid, 0)
	took = time.monotonic() - start
	p.returncode = os.waitstatus_to_exitcode(status)
	if p.returncode not in (0, 1, 3) or (p.returncode == 1 and argv[0] != "cmp" and argv[1:2] != ["diff"]):
		raise SystemExit("%s: exit %d" % (" ".join(argv), p.returncode))
	return took, usage, size


def run(argv):
	"""(seconds, peak MiB, output bytes) of one run."""
	took, usage, size = measure(argv)
	return took, usage.ru_maxrss / 1024, size


def median(argv, runs):
	got = [run(argv) for _ in range(runs)]
	return statistics.median(g[0] for g in got), max(g[1] for g in got), got[0][2]


def memory_of(pid):
	out = {}
	with open("/proc/%d/status" % pid) as f:
		for line in f:
			key, _, rest = line.partition(":")
			if key in ("VmHWM", "VmRSS", "RssAnon", "RssFile"):
				out[key] = int(rest.split()[0]) / 1024
	return out


def browse(source, settle):
	"""Seconds to the first painted screen, and the memory once it has been left alone for a while."""
	start = time.monotonic()
	pid, fd = pty.fork()
	if pid == 0:
		os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8")
		os.execv(PROG, [PROG, source])
	fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
	seen, first = b"", None
	name = os.path.basename(source).encode()
	end = start + 10
	while time.monotonic() < end:
		if not select.select([fd], [], [], 0.05)[0]:
			if first is not None and time.monotonic() - start > settle:
				break
			continue
		try:
			seen += os.read(fd, 65536)
		except OSError:
			break
		# The title is there and a screen's worth of cells with it.
		if first is None and name in seen and len(seen) > 800:
			first = time.monotonic() - start
	memory = memory_of(pid)
	os.write(fd, b"q")
	deadline = time.monotonic() + 3
	while time.monotonic() < deadline:
		if select.select([fd], [], [], 0.05)[0]:
			try:
				if not os.read(fd, 65536):
					break
			except OSError:
				break
	try:
		os.kill(pid, 9)
	except ProcessLookupError:
		pass
	os.waitpid(pid, 0)
	return first, memory


# ---- a stream of Xen ----


def make_streams(folder, mib):
	"""Two saves of one guest, 0.1 % of its pages changed in between, and the walk of plain faults."""
	os.makedirs(folder)
	for tool in ("xen_stream", "xen_fault"):
		subprocess.run([os.environ.get("CC") or "cc", "-O2", "-o", os.path.join(folder, tool),
				os.path.join(ROOT, "tests/bench", tool + ".c")], check=True)
	for seed in ("0", "1"):
		path = os.path.join(folder, "guest%s.save" % seed)
		subprocess.run([os.path.join(folder, "xen_stream"), path, str(mib), seed], check=True)
		fd = os.open(path, os.O_RDONLY)
		os.fsync(fd)
		os.close(fd)


def forget(path):
	"""Drops a file from the page cache."""
	fd = os.open(path, os.O_RDONLY)
	os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
	os.close(fd)


def remember(path):
	with open(path, "rb", buffering=0) as f:
		while f.read(1 << 20):
			pass


def verifier():
	found = os.environ.get("VERIFY") or shutil.which("verify-stream-v2")
	return found or next(iter(sorted(glob.glob("/usr/lib/xen*/bin/verify-stream-v2"))), None)


def row(name, results, note=""):
	return (name, "%.3f s" % statistics.median(r[0] for r in results),
		"%.1f MB" % max(r[1].ru_maxrss / 1024 for r in results), note)


def read_note(results, size):
	read = statistics.median(r[1].ru_inblock * 512 for r in results)
	return "%.1f MB read from the disk, %.2f %% of the file" % (read / 1e6, 100 * read / size)


def ratio(theirs, ours):
	"""Pair by pair: what ran one after the other met the same weather."""
	return statistics.median(t[0] / o[0] for t, o in zip(theirs, ours))


def index_rows(folder, path, runs):
	size = os.path.getsize(path)
	info, fault = [PROG, "info", "--json", path], [os.path.join(folder, "xen_fault"), path]
	peer = verifier()
	cold, faults, verified = [], [], []
	for _ in range(runs):
		forget(path)
		cold.append(measure(info))
		forget(path)
		faults.append(measure(fault))
	yield row("info of a stream of %.1f GiB, not cached" % (size / 2**30), cold, read_note(cold, size))
	yield row("plain faults at the same places, not cached", faults, read_note(faults, size))
	yield ("  ratio (promised: 10x)", "%.1fx" % ratio(faults, cold), "", "")

	remember(path)
	warm = [measure(info) for _ in range(runs)]
	yield row("info of the stream, cached", warm, "promised: below 40 MB")
	if not peer:
		yield ("verify-stream-v2 of the same", "", "", "there is none here (VERIFY=path)")
		return
	for _ in range(max(1, runs // 3)):
		verified.append(measure([sys.executable, peer, "-i", path]))
	yield row("verify-stream-v2 of the same", verified)
	yield ("  ratio (promised: 200x)", "%.0fx" % (statistics.median(r[0] for r in verified) /
		statistics.median(r[0] for r in warm)), "", "")


def jump_rows(path, runs):
	chance = random.Random(2)
	pages = XEN_MIB * 256
	frames = [chance.randrange(min(pages, 0xf0000)) if pages < 0x100000 or chance.random() < 0xf0000 / pages
		  else chance.randrange(0x100000, pages + 0x10000) for _ in range(20 * runs)]
	got = [measure([PROG, "where", "--json", path, "pfn:0x%x" % pfn]) for pfn in frames]
	yield row("where pfn:, %d random ones (promised: 0.020 s)" % len(got), got,
		  "the slowest %.3f s" % max(g[0] for g in got))
	got = [measure([PROG, "read", "--raw", path, "pfn:0x%x" % pfn, "4096"]) for pfn in frames]
	yield row("read --raw of the same frames", got)
	got = [measure([PROG, "where", "--json", path, "va:0x%x@vcpu3" % (0x7f0000000000 + chance.randrange(1 << 30))])
	       for _ in frames]
	yield row("where va:..@vcpu3, as many random ones", got)
	got = [measure([PROG, "where", "--mapped", "--json", path, "pfn:0x%x" % pfn]) for pfn in frames[:runs]]
	yield row("where --mapped: all page tables of four vCPUs", got)
	firsts = [browse(path, 1.5) for _ in range(max(1, runs // 2))]
	yield ("browser: first frame of the stream (0.050 s)",
	       "%.3f s" % statistics.median(f[0] for f in firsts if f[0] is not None),
	       "%.1f MB" % firsts[-1][1].get("VmHWM", 0),
	       "%.1f MB without the mapped file" % firsts[-1][1].get("RssAnon", 0))


def verb_rows(path, runs):
	"""What lists or checks all of the stream."""
	for verb, argv in (("tree", ["tree", path]), ("check", ["check", path]), ("maps", ["maps", path]),
			   ("show of a record", ["show", path, "libxc[7]"])):
		yield row("%s of the stream" % verb, [measure([PROG, *argv]) for _ in range(runs)], "promised: below 40 MB")


def content_rows(path, other, runs):
	words = NEEDLE.decode()
	pairs = (("grep -c -a -F in the stream", ["grep", "-c", "-a", "-F", words, path],
		  "find in the guest's memory, one thread", [PROG, "find", "-j", "1", path, words]),
		 ("cmp -l of two streams", ["cmp", "-l", path, other],
		  "diff of the two", [PROG, "diff", path, other]))
	for theirs, their_argv, ours, our_argv in pairs:
		got = [(measure(their_argv), measure(our_argv)) for _ in range(max(1, runs // 2))]
		if not got[0][1][2]:
			raise SystemExit("found nothing: " + " ".join(our_argv))
		yield row(theirs, [g[0] for g in got])
		yield row(ours, [g[1] for g in got], "%.2fx" % ratio([g[0] for g in got], [g[1] for g in got]))


def stream_rows(folder, runs):
	path, other = (os.path.join(folder, "guest%d.save" % n) for n in (0, 1))
	yield from index_rows(folder, path, runs)
	yield from verb_rows(path, runs)
	yield from jump_rows(path, runs)
	yield from content_rows(path, other, runs)


# ---- all of it ----


def in_child(function, *args):
	"""Runs what needs memory in a process of its own: a child's peak memory begins with what its parent
	had when it forked."""
	if not os.fork():
		function(*args)
		os._exit(0)
	if os.wait()[1]:
		raise SystemExit("cannot make the inputs in " + DIR)


def print_rows(rows):
	rows = list(rows)
	width = max(len(r[0]) for r in rows)
	for r in rows:
		print("%-*s  %10s  %10s  %s" % (width, r[0], r[1], r[2], r[3]), flush=True)


def make_sets(pagemap, folder, memory_set):
	make_pagemap(pagemap)
	make_set(folder)
	make_memory(memory_set, MIB)
	make_changed(memory_set, MIB)
	make_many(memory_set)


def bench_criu():
	pagemap = os.path.join(DIR, "pagemap-1.img")
	folder = os.path.join(DIR, "thousand")
	memory_set = os.path.join(DIR, "memory")
	in_child(make_sets, pagemap, folder, memory_set)
	images = len(os.listdir(folder))
	floor = run(["true"])[1]
	size = os.path.getsize(pagemap)
	print("pagemap: %d entries, %.1f MB; set: %d images; %d runs, medians; peaks below %.0f MB cannot be seen" %
	      (ENTRIES, size / 1e6, images, RUNS, floor))

	rows = []
	ours = median([PROG, "show", "--json", pagemap], RUNS)
	rows.append(("show --json of the pagemap", "%.3f s" % ours[0], "%.1f MB" % ours[1],
		     "%.0f MB of JSON" % (ours[2] / 1e6)))
	crit = os.environ.get("CRIT") or shutil.which("crit")
	if crit:
		theirs = median([crit, "decode", "-i", pagemap], max(1, RUNS // 3))
		rows.append(("crit decode of the same", "%.3f s" % theirs[0], "%.1f MB" % theirs[1],
			     "%.0f MB of JSON" % (theirs[2] / 1e6)))
		rows.append(("  ratio (promised: 50x, a tenth)", "%.0fx" % (theirs[0] / ours[0]),
			     "1/%.0f" % (theirs[1] / ours[1]), ""))
	pretty = median([PROG, "show", "--json", "--pretty", pagemap], RUNS)
	rows.append(("show --json --pretty", "%.3f s" % pretty[0], "%.1f MB" % pretty[1], ""))
	offsets = median([PROG, "show", "--offsets", "--json", pagemap], RUNS)
	rows.append(("show --offsets --json", "%.3f s" % offsets[0], "%.1f MB" % offsets[1], ""))
	checked = median([PROG, "check", pagemap], RUNS)
	rows.append(("check", "%.3f s" % checked[0], "%.1f MB" % checked[1], ""))

	tree = median([PROG, "tree", folder], RUNS)
	rows.append(("tree of the set, all decoded", "%.3f s" % tree[0], "%.1f MB" % tree[1], ""))
	info = median([PROG, "info", folder], RUNS)
	rows.append(("info of the set (promised to open in: 0.150 s)", "%.3f s" % info[0], "%.1f MB" % info[1], ""))

	for what, source in (("the set", folder), ("the pagemap", pagemap)):
		got = [browse(source, 1.5) for _ in range(max(1, RUNS // 2))]
		firsts = [g[0] for g in got if g[0] is not None]
		memory = got[-1][1]
		rows.append(("browser: first frame of %s (0.050 s)" % what,
			     "%.3f s" % statistics.median(firsts) if firsts else "none",
			     "%.1f MB" % memory.get("VmHWM", 0),
			     "%.1f MB without the mapped file" % memory.get("RssAnon", 0)))
	rows.append(("  promised for the pagemap", "", "%.1f MB" % (30 + ENTRIES * 32 / 1e6), "30 MB + 32 B an entry"))

	rows.extend(search_rows(memory_set, RUNS))
	rows.extend(diff_rows(memory_set, RUNS))
	rows.extend(step_rows(memory_set, RUNS))
	rows.extend(export_rows(memory_set, RUNS))
	print_rows(rows)


def bench_xen():
	folder = os.path.join(DIR, "xen")
	need = 2 * XEN_MIB << 20
	if not need or shutil.disk_usage(DIR).free < need + (1 << 30):
		print("no stream: XEN_MIB=%d, and %.1f GiB of the disk are free" %
		      (XEN_MIB, shutil.disk_usage(DIR).free / 2**30))
		return
	in_child(make_streams, folder, XEN_MIB)
	print("two streams: %.1f GiB each; 4 vCPUs; %d runs, medians" % (XEN_MIB / 1024, RUNS))
	print_rows(stream_rows(folder, RUNS))
	shutil.rmtree(folder)


def main():
	shutil.rmtree(DIR, ignore_errors=True)
	os.makedirs(DIR)
	if ONLY != "xen":
		bench_criu()
	if ONLY != "criu":
		bench_xen()


sys.exit(main())
