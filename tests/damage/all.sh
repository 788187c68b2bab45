#!/bin/sh
# Every truncation and every flipped byte (of images above 4 KiB: 1,000 places), of the project's own
# sets, of the fixtures, and of the corpus if there is one; of the many sets of CRIU's own tests, which are
# much alike, every tenth place. An hour or two.
cd "$(dirname "$0")/../.." || exit 2
corpus=${CRYOSCOPE_CORPUS:-../shared/corpus}
damage=${HARD:-build-asan}/damage
status=0
each() {
	step=$1
	shift
	for set; do
		case $set in
		*.crit/ | */xen/) continue ;;
		esac
		[ -d "$set" ] || continue
		echo "== $set"
		"$damage" -s "$step" -w 200 "$set" || status=1
	done
}
each 1 tests/real/*/ "${FIXTURES:-build/fixtures}"/*/
# Xen streams: every eighth byte; of what is mostly pages, every 64th.
echo "== Xen streams"
"$damage" -b 8 "${FIXTURES:-build/fixtures}"/xen/* || status=1
[ ! -d "$corpus/xen/mini" ] || "$damage" -b 64 "$corpus"/xen/mini/*.libxc || status=1
each 1 "$corpus"/criu/*/ "$corpus"/criu/chain/*/
each 10 "$corpus"/criu-zdtm/*/
exit $status
