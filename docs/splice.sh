#!/bin/sh
# Puts the tables of the program into its manual: what stands between
#
#	.\" begin PART
#	.\" end
#
# becomes the output of `PROGRAM --dump-docs PART`. The manual is kept with it, so that it can be
# installed and read without; a test says when it is behind.
#
# Usage: splice.sh PROGRAM MANUAL >NEW
set -eu
program=$1
awk -v program="$program" '
	/^\.\\" begin / {
		print
		command = program " --dump-docs " $3
		while ((command | getline line) > 0)
			print line
		if (close(command) != 0)
			exit 1
		skip = 1
	}
	/^\.\\" end/ { skip = 0 }
	!skip { print }
' "$2"
