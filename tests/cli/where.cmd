# where: an address in all its names, and turned round: whose memory is a byte of a file?
T=tests/real/tree
try() {
	echo "--- $*"
	cryoscope where "$@" 2>&1
	echo "status $?"
}
try $T va:0x00007ffcd4c30ee6@3375
try $T arg@3375
try $T 0x10@3375
try $T off:0x1234@pages-1.img
try --json $T off:0x1234@pages-1.img
try $T off:0x2f1@mm-3375.img
try $T rec:3@files.img
try $T pid:3388
try $T mm-3375.img/vmas[2]/nothing
try $T off:0x10000000@pages-1.img
try $T heap
try $T 0x1000
try $FIXTURES/xen/pv64.libxc reg:rip
try $FIXTURES/xen/pv64.libxc heap
try --parent tests/real/tree tests/real/lazy heap
try --parent
