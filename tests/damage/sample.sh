#!/bin/sh
# A sample of the damage driver's cases that fits the check: `make damage` runs them all.
# timeout: 180
[ -x "$HARD/damage" ] || { echo "no $HARD/damage: run make check"; exit 77; }
exec "$HARD/damage" -s 17 -n 50 -w 30 -t 45 tests/real/*/
