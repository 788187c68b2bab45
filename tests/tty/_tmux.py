"""A real terminal for the tests: a tmux server of our own, with a shell in it that runs the program.

	with Terminal(80, 24) as t:
	    t.run("cryoscope tests/real/tree")
	    t.wait("3375 tree-root")
	    t.keys("j", "Enter")
	    print(t.screen())
"""
import os
import shlex
import shutil
import subprocess
import sys
import time

SKIP = 77


def skip(why):
	print(why)
	sys.exit(SKIP)


def fail(why):
	print(why)
	sys.exit(1)


class Terminal:
	PROMPT = "ready%"
	count = 0

	def __init__(self, width=80, height=24, **env):
		if not shutil.which("tmux"):
			skip("no tmux here")
		# A server each: one that is on its way out takes no more sessions.
		Terminal.count += 1
		self.tmux = ["tmux", "-L", "cryoscope-test-%d-%d" % (os.getpid(), Terminal.count), "-f", "/dev/null"]
		self.env = {k: v for k, v in os.environ.items() if k not in ("TMUX", "TMUX_PANE")}
		self.size = (width, height)
		self.inner = env

	def __enter__(self):
		self.do("new-session", "-d", "-x", str(self.size[0]), "-y", str(self.size[1]),
			"env PS1='%s ' ENV= sh -i" % self.PROMPT)
		self.do("set-option", "-g", "status", "off")
		self.do("set-option", "-g", "escape-time", "0")
		self.do("resize-window", "-x", str(self.size[0]), "-y", str(self.size[1]))
		self.wait(self.PROMPT)
		for name, value in self.inner.items():
			self.keys_text("export %s=%s" % (name, shlex.quote(value)))
			self.keys("Enter")
		self.keys_text("clear")
		self.keys("Enter")
		time.sleep(0.1)
		return self

	def __exit__(self, kind, value, trace):
		if kind and kind is not SystemExit:
			print("--- the screen then:")
			print(self.screen())
		subprocess.run(self.tmux + ["kill-server"], check=False, stderr=subprocess.DEVNULL)

	def do(self, *args):
		return subprocess.run(self.tmux + list(args), env=self.env, check=True, capture_output=True).stdout

	def keys(self, *names):
		"""tmux's names of keys, each given time to be acted on."""
		for name in names:
			self.do("send-keys", name)
			time.sleep(0.05)

	def keys_text(self, text):
		self.do("send-keys", "-l", text)
		time.sleep(0.05)

	def run(self, command):
		self.keys_text(command)
		self.keys("Enter")

	def screen(self, colours=False):
		args = ["capture-pane", "-p"] + (["-e"] if colours else [])
		return self.do(*args).decode("utf-8", "replace")

	def lines(self):
		return self.screen().split("\n")

	def wait(self, text, seconds=10, gone=False):
		"""The screen once it shows (or no longer shows) the text."""
		end = time.monotonic() + seconds
		while True:
			shown = self.screen()
			if (text in shown) != gone:
				return shown
			if time.monotonic() > end:
				print("--- the screen after %d s:" % seconds)
				print(shown)
				fail("%s: %r" % ("still there" if gone else "never came", text))
			time.sleep(0.05)

	def demand(self, text):
		if text not in self.screen():
			self.wait(text, 3)

	def resize(self, width, height):
		self.do("resize-window", "-x", str(width), "-y", str(height))
		time.sleep(0.3)

	def search(self, text):
		"""/text in the focused pane."""
		self.keys("/")
		self.keys_text(text)
		self.keys("Enter")
		time.sleep(0.15)

	def jump(self, where):
		self.keys("@")
		self.keys_text(where)
		self.keys("Enter")
		time.sleep(0.15)

	def quit(self):
		self.keys("Q")
		self.keys_text("echo left with $?")
		self.keys("Enter")
		self.wait("left with 0")


def background(sgr, now):
	"""The background colour after an SGR sequence: "" or its code."""
	codes = sgr.split(";") if sgr else ["0"]
	while codes:
		c = codes.pop(0)
		if c in ("", "0", "49"):
			now = ""
		elif c in ("38", "48"):
			if codes[:1] == ["5"]:
				if c == "48":
					now = "5;" + codes[1]
				codes = codes[2:]
		elif c.startswith(("4", "10")) and c not in ("4",) and len(c) > 1:
			now = c
	return now


def lit_offsets(terminal, width, colour="46"):
	"""Offsets whose hex digits stand on that background in the bytes pane."""
	lit = set()
	for line in terminal.screen(colours=True).split("\n"):
		cells, back, i = [], "", 0
		while i < len(line):
			if line[i] == "\x1b":
				end = line.index("m", i)
				back = background(line[i + 2:end], back)
				i = end + 1
			else:
				cells.append((line[i], back))
				i += 1
		text = "".join(c for c, _ in cells)
		# Border, eight digits, two spaces, then pairs with a further space after each eight.
		if len(text) < 12 or not all(c in "0123456789abcdef" for c in text[1:9]) or text[9:11] != "  ":
			continue
		first = int(text[1:9], 16)
		for n in range(width):
			at = 11 + n * 3 + n // 8
			if at < len(cells) and cells[at][1] == colour and cells[at][0] != " ":
				lit.add(first + n)
	return lit


def selected(terminal, pane):
	"""The line with the mark of the selection in the pane whose title begins with `pane`."""
	lines = terminal.lines()
	for top, line in enumerate(lines):
		left = line.find("─ %s " % pane)
		if left < 0:
			continue
		left -= 1
		right = line.find("┐", left)
		for row in lines[top + 1:]:
			if len(row) <= left or row[left] not in "│":
				break
			if row[left + 1] == "*":
				return row[left + 2:right].strip()
	return ""
