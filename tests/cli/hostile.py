#!/usr/bin/env python3
"""No byte of an image reaches the terminal raw: names, comms, paths with escape sequences, newlines,
bidi overrides, invalid UTF-8, in every verb, text and JSON, and in messages."""
import json
import os
import re
import subprocess
import sys
import unicodedata

CRYOSCOPE = os.environ["CRYOSCOPE"]
SOURCE = os.path.join(os.environ["FIXTURES"], "hostile")
SETS = [SOURCE, "tests/real/tree", "tests/real/zombie"]
bad = 0


def raw_in(data, newlines):
	"""The first character that must not be there, or None."""
	try:
		text = data.decode("utf-8")
	except UnicodeDecodeError as e:
		return "invalid UTF-8: %s" % e
	for c in text:
		if c == "\n" and newlines:
			continue
		if unicodedata.category(c) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"):
			return "U+%04X" % ord(c)
	return None


def run(*argv, env=None):
	global bad
	r = subprocess.run([CRYOSCOPE, *argv], capture_output=True, env={**os.environ, **(env or {})})
	for what, data in (("stdout", r.stdout), ("stderr", r.stderr)):
		fault = raw_in(data, True)
		if fault:
			print(argv, what, fault)
			bad += 1
	if r.returncode not in (0, 1, 3):
		print(argv, "status", r.returncode, r.stderr[-300:])
		bad += 1
	return r.stdout


for source in SETS:
	for argv in (["info"], ["tree"], ["check"], ["show"]):
		text = run(*argv, source)
		out = run(*argv, "--json", source)
		for line in out.splitlines():
			json.loads(line)
		if re.search(rb"[^\n -~]", out):
			print(source, argv, "JSON is not plain ASCII")
			bad += 1
		if re.search(rb"[^\n -~]", run(*argv, "--ascii", source)):
			print(source, argv, "--ascii is not")
			bad += 1
	for line in run("tree", "--json", source).splitlines():
		path = json.loads(line)["path"]
		if path.endswith(".img") and not path.startswith("pages"):
			run("show", source, path)
			run("show", "--offsets", source, path)
# What was there is made visible, not lost.
files = run("show", SOURCE, "files.img").decode()
for visible in (r"\x1b]52;c;aGk=\x07", r"two\nlines\r\tand a tab", r"\xff\xfe\xc0\xaf", r"\u{202e}txt.exe"):
	if visible not in files:
		print("not shown:", visible)
		bad += 1
# A name of a file that is not there comes from outside, too.
r = subprocess.run([CRYOSCOPE, "info", "no\x1b[31m\nsuch"], capture_output=True)
if r.returncode != 2 or raw_in(r.stderr, True) or r.stderr.count(b"\n") != 1:
	print("a bad name:", r)
	bad += 1
sys.exit(bad != 0)
