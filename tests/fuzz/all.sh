#!/bin/sh
# Runs each libFuzzer target named for SECONDS_EACH seconds, beginning with its corpus. What it finds
# goes to $B/found, new inputs to $B/corpus; neither is committed by itself.
cd "$(dirname "$0")/../.." || exit 2
status=0
mkdir -p "$B/found"
for target; do
	mkdir -p "$B/corpus/$target"
	echo "== $target"
	"$B/fuzz/$target" -max_total_time="${SECONDS_EACH:-30}" -timeout=10 -rss_limit_mb=1024 \
		-max_len=8192 -print_final_stats=0 -verbosity=0 -artifact_prefix="$B/found/$target-" \
		"$B/corpus/$target" "tests/fuzz/corpus/$target" || status=1
done
exit $status
