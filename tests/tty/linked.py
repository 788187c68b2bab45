"""Every field chosen lights its bytes; every byte chosen finds its field."""
# timeout: 240
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _tmux import Terminal, fail, lit_offsets, selected

CASES = ((80, 24, 16, "tests/real/tree", "ids-3382.img"), (160, 50, 32, "tests/real/tree", "fdinfo-3.img[4]"),
	 (80, 24, 16, "tests/real/tree", "pstree.img[2]"), (160, 50, 32, "tests/real/tree", "files.img[61]"))


def leaves(source, path):
	out = subprocess.run([os.environ["CRYOSCOPE"], "show", "--offsets", "--json", source, path],
			     check=True, capture_output=True).stdout
	return json.loads(out)


def name_of(row):
	"""A row of the fields pane without its value."""
	return row.lstrip("▸▾ ").split("  ")[0].strip()


def fields_to_bytes(t, width, want):
	"""Goes down the fields; collects what each lights."""
	seen = {}
	last = None
	while True:
		row = selected(t, "Fields")
		if row.startswith("▸"):
			t.keys("O")
			row = selected(t, "Fields")
		name = name_of(row)
		lit = lit_offsets(t, width)
		if (row, lit) == last:
			break
		last = (row, lit)
		seen.setdefault(name, []).append(lit)
		t.keys("j")
	for leaf in want:
		name = leaf["path"].rsplit("/", 1)[-1]
		if name in ("size", "tag"):
			continue  # structure: not listed in the pane
		span = set(range(leaf["offset"], leaf["offset"] + leaf["length"]))
		if not any(lit == span for lit in seen.get(name, [])):
			fail("%s: %s should light, found %s" % (leaf["path"], sorted(span),
				[sorted(s) for s in seen.get(name, [])]))
	return len(seen)


def bytes_to_fields(t, want):
	checked = 0
	t.keys("g")
	for n, leaf in enumerate(want):
		name = leaf["path"].rsplit("/", 1)[-1]
		for offset in range(leaf["offset"], leaf["offset"] + leaf["length"]):
			if offset != leaf["offset"] and offset != leaf["offset"] + leaf["length"] - 1:
				continue
			t.jump("off:%#x" % offset)
			row = selected(t, "Fields")
			if name in ("size", "tag"):
				continue
			if name_of(row) != name:
				fail("byte %#x is of %s, the fields pane stands on %r" % (offset, leaf["path"], row))
			checked += 1
	return checked


for columns, lines, per_row, source, path in CASES:
	with Terminal(columns, lines) as t:
		t.run("cryoscope -g '%s' %s" % (path, source))
		t.wait("index 100%")
		want = leaves(source, path)
		t.keys("Tab", "g")
		rows = fields_to_bytes(t, per_row, want)
		t.keys("Tab")
		checked = bytes_to_fields(t, want)
		if checked < 4:
			fail("only %d bytes were looked at" % checked)
		t.quit()
		print("%dx%d %s: %d rows, %d bytes" % (columns, lines, path, rows, checked))
