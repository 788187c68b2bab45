#!/usr/bin/env python3
"""screenshot.py PROGRAM SOURCE OUT.svg [KEY...]: the program's screen in a real terminal, as SVG.

Runs it under tmux, types the keys (tmux's names; a word of digits and "s" waits so many seconds),
captures the pane with its colours and draws each cell's text. The default keys go to a process's
stack mapping and its bytes. Standard library only."""
import html
import os
import re
import shlex
import subprocess
import sys
import time

COLUMNS, LINES = 132, 37
CELL_W, CELL_H, PAD = 8.4, 17, 12
FONT = "'DejaVu Sans Mono','Liberation Mono',Menlo,Consolas,monospace"
INK, PAPER = "#d5d8da", "#14181c"
PALETTE = ["#2b3137", "#e06c75", "#98c379", "#d7ba7d", "#61afef", "#c678dd", "#56b6c2", "#c9d1d9",
	   "#6b737c", "#ff7b86", "#b5e890", "#f2d98b", "#8ac6ff", "#dd9af2", "#7fdbe6", "#ffffff"]


def colour(n):
	"""#rrggbb of one of the 256."""
	if n < 16:
		return PALETTE[n]
	if n < 232:
		steps = (0, 95, 135, 175, 215, 255)
		n -= 16
		return "#%02x%02x%02x" % (steps[n // 36], steps[n // 6 % 6], steps[n % 6])
	return "#%02x%02x%02x" % ((8 + (n - 232) * 10,) * 3)


class Style:
	def __init__(self):
		self.reset()

	def reset(self):
		self.fg = self.bg = None
		self.bold = self.dim = self.under = self.reverse = self.italic = False

	def sgr(self, text):
		codes = [int(c or 0) for c in re.split("[;:]", text)]
		while codes:
			c = codes.pop(0)
			if c == 0:
				self.reset()
			elif c == 1:
				self.bold = True
			elif c == 2:
				self.dim = True
			elif c == 3:
				self.italic = True
			elif c == 4:
				self.under = True
			elif c == 7:
				self.reverse = True
			elif c == 22:
				self.bold = self.dim = False
			elif c == 23:
				self.italic = False
			elif c == 24:
				self.under = False
			elif c == 27:
				self.reverse = False
			elif 30 <= c <= 37:
				self.fg = colour(c - 30)
			elif c == 39:
				self.fg = None
			elif 40 <= c <= 47:
				self.bg = colour(c - 40)
			elif c == 49:
				self.bg = None
			elif 90 <= c <= 97:
				self.fg = colour(c - 82)
			elif 100 <= c <= 107:
				self.bg = colour(c - 92)
			elif c in (38, 48) and len(codes) >= 2 and codes[0] == 5:
				got = colour(codes[1])
				del codes[:2]
				if c == 38:
					self.fg = got
				else:
					self.bg = got

	def look(self):
		fg, bg = self.fg or INK, self.bg
		if self.reverse:
			fg, bg = bg or PAPER, self.fg or INK
		return fg, bg, self.bold, self.dim, self.under, self.italic


def runs(line):
	"""(text, look) pieces of one captured line."""
	style, out = Style(), []
	for piece in re.split("(\x1b\\[[0-9;:]*m)", line):
		if piece.startswith("\x1b["):
			style.sgr(piece[2:-1])
		elif piece:
			out.append((re.sub("\x1b.", "", piece), style.look()))
	return out


def svg(lines):
	width, height = COLUMNS * CELL_W + 2 * PAD, LINES * CELL_H + 2 * PAD
	out = ['<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %g %g">' %
	       (width, height, width, height),
	       '<rect width="100%%" height="100%%" rx="6" fill="%s"/>' % PAPER,
	       '<g font-family="%s" font-size="14" xml:space="preserve">' % FONT]
	for row, line in enumerate(lines[:LINES]):
		column = 0
		top = PAD + row * CELL_H
		for text, (fg, bg, bold, dim, under, italic) in runs(line):
			x, w = PAD + column * CELL_W, len(text) * CELL_W
			if bg:
				out.append('<rect x="%.1f" y="%.1f" width="%.1f" height="%d" fill="%s"/>' %
					   (x, top, w, CELL_H, bg))
			column += len(text)
			if not text.strip():
				continue
			style = (' font-weight="bold"' if bold else "") + (' opacity="0.65"' if dim else "") + \
				(' text-decoration="underline"' if under else "") + \
				(' font-style="italic"' if italic else "")
			# textLength pins the columns whatever the font.
			out.append('<text x="%.1f" y="%.1f" textLength="%.1f" fill="%s"%s>%s</text>' %
				   (x, top + CELL_H - 4.5, w, fg, style, html.escape(text)))
	out += ["</g>", "</svg>", ""]
	return "\n".join(out)


def main():
	program, source, target = sys.argv[1:4]
	keys = sys.argv[4:] or ["@", "mm-3383.img/vmas[30]", "Enter", "Tab", "j"]
	tmux = ["tmux", "-L", "cryoscope-shot-%d" % os.getpid(), "-f", "/dev/null"]
	env = dict(os.environ, LC_ALL="C.UTF-8", TERM="xterm-256color")
	env.pop("TMUX", None)
	command = "%s %s; sleep 1" % (shlex.quote(os.path.abspath(program)), shlex.quote(source))
	subprocess.run(tmux + ["new-session", "-d", "-x", str(COLUMNS), "-y", str(LINES), command], env=env, check=True)
	try:
		subprocess.run(tmux + ["set-option", "-g", "status", "off"], check=True)
		subprocess.run(tmux + ["resize-window", "-x", str(COLUMNS), "-y", str(LINES)], check=False)
		time.sleep(0.7)
		for key in keys:
			if re.fullmatch("[0-9.]+s", key):
				time.sleep(float(key[:-1]))
				continue
			subprocess.run(tmux + ["send-keys", key], check=True)
			time.sleep(0.15)
		time.sleep(0.5)
		text = subprocess.run(tmux + ["capture-pane", "-e", "-p"], check=True, capture_output=True).stdout
	finally:
		subprocess.run(tmux + ["kill-server"], check=False)
	with open(target, "w", encoding="utf-8") as f:
		f.write(svg(text.decode("utf-8", "replace").split("\n")))
	print("%s: %d x %d" % (target, COLUMNS, LINES))


main()
