#!/bin/sh
# Every truncation and every flipped byte (of images above 4 KiB: 1,000 places), of the project's own
# sets and of the corpus if there is one.
cd "$(dirname "$0")/../.." || exit 2
status=0
corpus=${CRYOSCOPE_CORPUS:-../shared/corpus}
for set in tests/real/*/ "$corpus"/criu/*/ "$corpus"/criu/chain/*/ "$corpus"/criu-zdtm/*/; do
	case $set in
	*.crit/) continue ;;
	esac
	[ -d "$set" ] || continue
	echo "== $set"
	"${HARD:-build-asan}/damage" -w 200 "$set" || status=1
done
exit $status
