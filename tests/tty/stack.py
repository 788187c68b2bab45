"""Back-traces in a terminal, where a worker walks the stacks: what bt prints is shown, a frame leads to its memory
and back; of three thousand threads they are stopped in the middle, and then walked to the end."""
# timeout: 90
import json
import os
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../criu")]
from _bt import MKIMG, PAGE, make_set, run
from _tmux import Terminal, fail, skip

SET = "tests/real/tree"
PROGRAM = os.environ["CRYOSCOPE"]
CODE, STACK, THREADS, FRAMES = 0x200000, 0x7ff0000, 3000, 200


def threads_of(folder):
	"""So many threads, of which each has the same stack."""
	stack = bytearray(8 * PAGE)
	for n in range(1, FRAMES):
		struct.pack_into("<QQ", stack, 0x20 * (n - 1), STACK + 0x20 * n, CODE + 1 + n)
	maps = [{"start": start, "end": start + size, "prot": prot, "offset": 0, "name": "", "at": at, "from": start}
		for start, size, prot, at in ((CODE, PAGE, "r-xp", None), (STACK, len(stack), "rw-p", 0))]
	threads = [{"tid": 7, "comm": "made", "regs": {"ip": CODE + 1, "bp": STACK, "sp": STACK}}]
	make_set(folder, {"pid": 7, "maps": maps, "ids": {}, "threads": threads}, bytes(stack))
	tids = range(7, 7 + THREADS)
	with open(folder + "/text", "w") as f:
		f.write("image PSTREE\nrecord pstree_entry { pid: 7 ppid: 0 pgid: 1 sid: 1 threads: [%s] }\n"
			% ", ".join(map(str, tids)))
	if run(MKIMG, folder + "/text", folder + "/pstree.img")[0]:
		fail("mkimg")
	for tid in tids[1:]:
		os.link(folder + "/core-7.img", "%s/core-%d.img" % (folder, tid))


out = subprocess.run([PROGRAM, "bt", "--json", SET, "--pid", "3383", "--root", SET], capture_output=True, text=True)
if "not built in" in out.stderr:
	skip("built without libdw")
traces = [json.loads(line) for line in out.stdout.splitlines()]
with Terminal(160, 50) as t:
	t.run("cryoscope %s --root %s" % (SET, SET))
	t.wait("index 100%")
	t.jump("pid:3383")
	t.keys("B")
	shown = t.wait("4 threads, 4 frames")
	for trace in traces:
		for text in ["thread %d  %s" % (trace["tid"], trace["comm"]), *trace["stopped"].split("; ")]:
			if text not in shown:
				fail("%r is not shown:\n%s" % (text, shown))
		frame = trace["frames"][0]
		if "%s  %s" % (frame["pc"][2:], frame["sp"][2:]) not in shown:
			fail("no frame of %d:\n%s" % (trace["tid"], shown))
	t.keys("Enter")
	t.wait("Memory  " + traces[0]["frames"][0]["sp"])
	t.wait("Address space  pid 3383")
	t.keys("C-o")
	t.wait("4 threads, 4 frames")
	t.quit()

with tempfile.TemporaryDirectory() as tmp, Terminal(80, 24) as t:
	folder = tmp + "/many"
	threads_of(folder)
	t.run("cryoscope " + folder)
	t.wait("index 100%")
	# The worker begins, and at once it has to stop.
	t.keys("B", "C-c")
	t.wait("of %d threads" % THREADS)
	t.wait("back-traces: stopped after")
	t.keys("G")
	t.wait("*  stopped after")
	t.keys("B")
	t.wait("%d threads, %d frames" % (THREADS, THREADS * FRAMES), 30)
	t.keys("G", "k", "k")
	t.wait("#%d " % (FRAMES - 1))
	t.quit()
print("%d frames shown" % (THREADS * FRAMES))
