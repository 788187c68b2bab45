#!/usr/bin/env python3
"""A file that becomes shorter while it is read: status 3, the place is named, no crash."""
import os
import subprocess
import sys
import tempfile

CRYOSCOPE = os.environ["CRYOSCOPE"]
with open("tests/real/tree/pagemap-3375.img", "rb") as f:
	content = f.read()
head, entry = content[:14], content[14:32]
with tempfile.TemporaryDirectory() as tmp:
	path = os.path.join(tmp, "pagemap-1.img")
	with open(path, "wb") as f:
		f.write(head + entry * 400000)
	read_end, write_end = os.pipe()
	p = subprocess.Popen([CRYOSCOPE, "show", path], stdout=write_end, stderr=subprocess.PIPE)
	os.close(write_end)
	# It is in the midst of its output when the pipe is full.
	got = os.read(read_end, 4096)
	os.truncate(path, 4096)
	while True:
		more = os.read(read_end, 1 << 20)
		if not more:
			break
	err = p.stderr.read().decode()
	status = p.wait()
if status != 3 or "shorter" not in err or not got.startswith(b"kind"):
	print("status", status, "said", err[-500:], "first", got[:60])
	sys.exit(1)
