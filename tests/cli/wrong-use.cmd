# Each wrong use: two lines on standard error, status 2, and what was meant if that can be told.
try() {
	echo "--- $*"
	cryoscope "$@" </dev/null
	echo "status $?"
}
try
try --jsno tests/real/tree
try -x tests/real/tree
try --size
try --json=yes info tests/real/tree
try --color=blue tests/real/tree
try --color= tests/real/tree
try tree --raw tests/real/tree
try --offsets tests/real/tree
try info
try read tests/real/tree
try info tests/real/tree two
try shwo tests/real/tree
try chekc
try -- info
try info tests/real/nowhere
try info "$(printf 'a\033[31mb\nc')"
try --unknown-and-longer-than-any-option-there-could-ever-be
try info /dev/null
try check --severity=all tests/real/tree
try export --holes=hole tests/real/tree
try where tests/real/tree 7ffcd4c10000@3375
try maps tests/real/tree/files.img
