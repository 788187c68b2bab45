#!/bin/sh
# The corpora of the fuzz targets, replayed under the sanitizers.
[ -d "$HARD/replay" ] || { echo "no $HARD/replay: run make check"; exit 77; }
status=0
for source in tests/fuzz/*.c; do
	target=$(basename "$source" .c)
	corpus=tests/fuzz/corpus/$target
	[ -d "$corpus" ] || { echo "$target: no corpus"; status=1; continue; }
	if out=$("$HARD/replay/$target" "$corpus" 2>&1); then
		echo "$target: $(echo "$out" | tail -n 1)"
	else
		echo "$target failed:"
		echo "$out" | tail -n 60
		status=1
	fi
done
exit $status
