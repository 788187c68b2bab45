"""Sets broken on purpose: copies of real ones, and their messages read and written again here, so that where the
broken bytes lie is known from what was done to them.

A step into a message is (field number, which of its occurrences). Offsets are those of a field's tag in the file."""
import atexit
import json
import os
import shutil
import struct
import subprocess
import tempfile

from _wire import encode, parse, varint

PROGRAM = os.environ.get("CRYOSCOPE", "build/cryoscope")
work = tempfile.mkdtemp(prefix="broken.")
atexit.register(shutil.rmtree, work, True)


def find(fields, step):
	number, nth = step
	return [i for i, f in enumerate(fields) if f[0] == number][nth]


def get(b, *steps):
	"""The value at the end of some steps."""
	for step in steps:
		fields = parse(b)
		b = fields[find(fields, step)][2]
	return b


def changed(b, steps, new):
	"""(message, offset in it of what was changed). `new`: a number or bytes instead of the old value; None: the field is
	dropped; a list: fields instead of it."""
	fields = parse(b)
	i = find(fields, steps[0])
	before = b"".join(encode(f) for f in fields[:i])
	after = b"".join(encode(f) for f in fields[i + 1:])
	number, kind, v = fields[i]
	if len(steps) > 1:
		inner, at = changed(v, steps[1:], new)
		return (before + encode([number, 2, inner]) + after,
			len(before) + len(varint(number << 3 | 2)) + len(varint(len(inner))) + at)
	if isinstance(new, list):
		mid = b"".join(encode(f) for f in new)
	else:
		mid = b"" if new is None else encode([number, kind, new])
	return before + mid + after, len(before)


def extra_of(name, msg):
	if name in ("pipes-data.img", "fifo-data.img"):
		return get(msg, (2, 0))
	if name == "sk-queues.img":
		return get(msg, (2, 0))
	if name.startswith("tcp-stream"):
		return get(msg, (1, 0)) + get(msg, (3, 0))
	return 0


class Set:
	"""A copy of a set in tests/real."""

	def __init__(self, source, name, parent=None):
		self.path = os.path.join(parent or os.path.join(work, name), "set" if not parent else name)
		shutil.copytree(source, self.path)

	def file(self, name):
		return os.path.join(self.path, name)

	def bytes(self, name):
		with open(self.file(name), "rb") as f:
			return f.read()

	def write(self, name, data):
		with open(self.file(name), "wb") as f:
			f.write(data)

	def drop(self, name):
		os.unlink(self.file(name))

	def size(self, name):
		return os.path.getsize(self.file(name))

	def cut(self, name, size):
		os.truncate(self.file(name), size)

	def append(self, name, data):
		"""Returns where it lies."""
		at = self.size(name)
		self.write(name, self.bytes(name) + data)
		return at

	def records(self, name):
		"""[[offset, message, payload], ..]"""
		b = self.bytes(name)
		at, out = 4 if name == "inventory.img" else 8, []
		while at < len(b):
			n = struct.unpack_from("<I", b, at)[0]
			msg = b[at + 4:at + 4 + n]
			more = extra_of(name, msg)
			out.append([at, msg, b[at + 4 + n:at + 4 + n + more]])
			at += 4 + n + more
		return out

	def put(self, name, records):
		"""Writes messages and payloads; their offsets."""
		out, at = self.bytes(name)[:4 if name == "inventory.img" else 8], []
		for _, msg, more in records:
			at.append(len(out))
			out += struct.pack("<I", len(msg)) + msg + more
		self.write(name, out)
		return at

	def get(self, name, row, *steps):
		return get(self.records(name)[row][1], *steps)

	def edit(self, name, row, *steps_and_new):
		"""Changes a field of record `row`; where it lies (or lay, if it is dropped)."""
		*steps, new = steps_and_new
		records = self.records(name)
		records[row][1], at = changed(records[row][1], steps, new)
		return self.put(name, records)[row] + 4 + at

	def remove(self, name, row):
		records = self.records(name)
		del records[row]
		self.put(name, records)

	def where(self, name, row, *steps):
		"""Offset of a field as it is."""
		return self.edit(name, row, *steps, self.get(name, row, *steps))

	def offset(self, name, row):
		return self.records(name)[row][0]

	def row(self, name, *steps_and_value):
		"""The first record with that value."""
		*steps, value = steps_and_value
		for n, (_, msg, _) in enumerate(self.records(name)):
			try:
				if get(msg, *steps) == value:
					return n
			except IndexError:
				pass
		raise AssertionError("%s has no such record" % name)


def check(path, *more):
	"""(exit status, problems)"""
	p = subprocess.run([PROGRAM, "check", "--json", "--severity", "warning", *more, path], capture_output=True, timeout=60)
	return p.returncode, [json.loads(line) for line in p.stdout.splitlines()]


failures = 0
cases = 0


def expect(name, path, rule, file, offset, *more):
	"""The rule, at that file and offset, and exit status 1."""
	global failures, cases
	cases += 1
	status, found = check(path, *more)
	if status == 1 and any((p["rule"], p["path"], p["offset"]) == (rule, file, offset) for p in found):
		return
	failures += 1
	print("FAIL %s: %s in %s at %#x; exit %d and" % (name, rule, file, offset, status))
	for p in found[:8]:
		print("\t", p["rule"], p["path"], hex(p["offset"]), p["text"])
