"""Opening what takes its time to unpack: a frame with the progress at once, then the browser; q and C-c stop it."""
# timeout: 90
import bz2
import io
import os
import sys
import tarfile
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _tmux import Terminal, fail


def archive(path, slow):
	"""A set in a tar in bzip2, behind something that takes seconds to unpack."""
	buf = io.BytesIO()
	with tarfile.open(fileobj=buf, mode="w") as t:
		if slow:
			info = tarfile.TarInfo("rootfs")
			info.size = slow << 20
			t.addfile(info, io.BytesIO(os.urandom(1 << 20) * slow))
		t.add("tests/real/tree", "checkpoint")
	with open(path, "wb") as f:
		f.write(bz2.compress(buf.getvalue(), 1))


with tempfile.TemporaryDirectory() as d:
	slow, quick = os.path.join(d, "slow.tar.bz2"), os.path.join(d, "quick.tar.bz2")
	archive(slow, 64)
	archive(quick, 0)
	with Terminal(80, 24, TMPDIR=d) as t:
		t.run("cryoscope " + slow)
		shown = t.wait("unpacking ")
		if "slow.tar.bz2" not in shown or "Stop and leave" not in shown or "%" not in shown:
			fail("no progress:\n" + shown)
		t.resize(60, 20)
		t.wait("index 100%", 60)
		t.demand("3383 tree-mt")
		t.quit()
		t.resize(80, 24)
		for key in ("q", "C-c"):
			t.run("clear; cryoscope %s; echo left with $?" % slow)
			t.wait("unpacking ")
			t.keys(key)
			t.wait("left with 2")
			t.demand("was stopped")
		# What is quick shows no such frame, and what is wrong is said where it can be read.
		t.run("clear; cryoscope " + quick)
		t.wait("index 100%")
		t.quit()
		t.run("clear; cryoscope %s/none; echo left with $?" % d)
		t.wait("left with 2")
		t.demand("No such file")
		if len(os.listdir(d)) != 2:
			fail("left behind: %s" % os.listdir(d))
print("unpacking is shown and can be stopped")
