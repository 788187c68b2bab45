#!/bin/sh
# A sample of the damage driver's cases that fits the check: `make damage` runs them all.
# timeout: 180
[ -x "$HARD/damage" ] || { echo "no $HARD/damage: run make check"; exit 77; }
exec "$HARD/damage" -s 17 -n 60 -w 40 -t 60 tests/real/*/
