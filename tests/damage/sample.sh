#!/bin/sh
# A sample of the damage driver's cases that fits the check: `make damage` runs them all.
# timeout: 240
[ -x "$HARD/damage" ] || { echo "no $HARD/damage: run make check"; exit 77; }
set --
for folder in tests/real/*/ "$FIXTURES"/*/; do
	case $folder in
	*.crit/ | */xen/) ;;
	*) set -- "$@" "$folder" ;;
	esac
done
"$HARD/damage" -b 601 -t 60 "$FIXTURES"/xen/* || exit 1
exec "$HARD/damage" -s 31 -n 25 -w 30 -t 120 "$@"
