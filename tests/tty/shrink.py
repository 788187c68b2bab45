"""A file that is cut, emptied or removed while it is open does not end the browser."""
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _tmux import Terminal, fail


def pages(folder):
	"""The largest pages file."""
	return max((n for n in os.listdir(folder) if n.startswith("pages-")),
		   key=lambda n: os.path.getsize(os.path.join(folder, n)))


with tempfile.TemporaryDirectory() as tmp:
	folder = os.path.join(tmp, "set")
	shutil.copytree("tests/real/tree", folder)
	big = pages(folder)
	with Terminal(80, 24) as t:
		t.run("cryoscope " + folder)
		t.wait("index 100%")
		for name in ("files.img", "mm-3383.img", big):
			t.jump(name)
			t.demand(name)
			os.truncate(os.path.join(folder, name), 4097 if name == big else 0)
			# Go through it: all three panes read the bytes that are gone.
			t.keys("l", "j", "j", "Tab", "j", "j", "Tab", "G", "g", "Space", "Tab")
			t.demand("cryoscope")
		os.remove(os.path.join(folder, "pstree.img"))
		t.jump("pstree.img")
		t.keys("l", "j", "j", "P")
		t.demand("─ Problems")
		shown = t.screen()
		if "files.img" not in shown and "mm-3383.img" not in shown and big not in shown:
			fail("no problem names a file that shrank:\n" + shown)
		t.keys("q")
		t.quit()
print("still there after its files were not")
