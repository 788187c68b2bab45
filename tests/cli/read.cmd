# Offsets, records, paths; text, JSON, raw; too little.
try() {
	echo "--- $*"
	cryoscope read "$@"
	echo "status $?"
}
try tests/real/tree off:0x2f1@mm-3375.img 40
try tests/real/tree/mm-3375.img off:0x2f1 0x28
try tests/real/tree rec:1@pstree.img
try tests/real/tree/pstree.img rec:4
try tests/real/tree 'mm-3375.img/vmas[2]/start'
try tests/real/tree fs-3382.img
try tests/real/tree core-3382.img/thread_info/gpregs/ip
try --json tests/real/tree rec:1@pstree.img
echo --- raw
cryoscope read --raw tests/real/tree off:8@pages-1.img 4K | wc -c
cryoscope read --raw tests/real/tree pstree.img | cmp - tests/real/tree/pstree.img && echo same
try tests/real/tree/pstree.img off:100 50
try tests/real/tree/pstree.img off:1000
try tests/real/tree/pstree.img off:18446744073709551615 18446744073709551615
try tests/real/tree off:0
try tests/real/tree off:x@pstree.img
try tests/real/tree rec:5@pstree.img
try tests/real/tree pid:3388
try tests/real/tree pstree.img lots
try tests/real/tree pstree.img 1E
