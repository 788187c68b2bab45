# Two snapshots: equal, one image against another, what is refused.
try() {
	echo "--- $*"
	cryoscope diff "$@"
	echo "status $?"
}
try tests/real/tree tests/real/tree
try tests/real/tree/files.img tests/real/tree/files.img
try --summary tests/real/tree tests/real/zombie
try --json --fields --ignore fd,thread,image tests/real/tree tests/real/zombie
try tests/real/tree tests/real/tree/inventory.img
try --of 99,1 tests/real/tree tests/real/tree
try --jobs many tests/real/tree tests/real/tree
