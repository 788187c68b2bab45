# Text, hex, expressions, values, pointers, in processes and in files; nothing found; wrong patterns.
set=tests/real/tree
try() {
	echo "--- $*"
	cryoscope find "$@"
	echo "status $?"
}
try $set CRYO-MEMFD-MARKER
try --json -m 2 $set CRYO-SHARED
try --json -C 4 --pid 3382 $set 'x:43 52 59 4? ?? 53 48 41'
try -e --pid 3375 $set 'CRYO-[A-Z]+-MARKER'
try -i --perm rw --kind stack -m 1 $set lang=
try --json $set ptr:0x110000002000-0x110000002100
try --json tests/real/tree/mm-3375.img u32:0x54564319
try --json $set u32:0x54564319 mm-3375.img
try $set 'x:19 43 56 54' @files.img
try $set no-such-words-anywhere
try -x $set 'd'
try -e $set '(unclosed'
try --perm q $set x
try --max many $set x
try --pid 1 $set x
try -x -e $set x
