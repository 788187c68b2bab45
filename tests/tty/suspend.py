"""Suspended, the shell is there with its own screen; resumed, so is the browser, at the window's new
size. SIGTERM leaves the terminal as it was."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _tmux import Terminal, fail

with Terminal(80, 24) as t:
	t.keys_text("echo before")
	t.keys("Enter")
	t.run("cryoscope tests/real/tree")
	t.wait("index 100%")
	t.jump("pid:3383")
	before = t.screen()
	t.keys("C-z")
	shown = t.wait("before")
	if "─ Images" in shown:
		fail("the shell sees our screen:\n" + shown)
	t.keys_text("stty -a | tr ';' '\\n' | grep -c ' echo '; echo still $((40 + 2))")
	t.keys("Enter")
	t.wait("still 42")
	t.run("fg")
	t.wait("─ Images")
	if t.screen() != before:
		fail("resumed differently:\n" + t.screen())
	t.keys("C-z")
	t.wait("─ Images", gone=True)
	t.resize(100, 30)
	t.run("fg")
	t.wait("─ Images")
	time.sleep(0.2)
	if len(t.lines()[0].rstrip()) < 90:
		fail("the new size was not seen:\n" + t.screen())
	t.keys("C-z")
	t.wait("─ Images", gone=True)
	t.keys_text("kill -TERM %1; fg; echo left with $?; stty -a | grep -o '[-]*icanon'")
	t.keys("Enter")
	shown = t.wait("left with")
	t.wait("icanon")
	if "-icanon" in t.screen().replace("[-]*icanon", ""):
		fail("the terminal was left raw:\n" + t.screen())
	if "─ Images" in shown:
		fail("the screen was left:\n" + shown)
print("suspended, resumed, ended")
