#!/bin/sh
# Every rule that a problem is noted under is explained, and every rule that is explained is used.
cd "$(dirname "$0")/../.." || exit 1
prog=${CRYOSCOPE:-build/cryoscope}

told=$("$prog" check --explain all | sed -n 's/^\([a-z0-9-]*\)  (.*/\1/p' | sort)
[ -n "$told" ] || { echo "no rule is explained"; exit 1; }
twice=$(echo "$told" | uniq -d)
[ -z "$twice" ] || { echo "explained twice: $twice"; }

used=$(cat src/*/*.c | tr '\n' ' ' |
	grep -oE '((SEV_(NOTE|WARNING|ERROR)|severity),[[:space:]]*"[a-z0-9-]+",|"[a-z0-9-]+",[[:space:]]*SEV_(NOTE|WARNING|ERROR),)' |
	grep -oE '"[a-z0-9-]+"' | tr -d '"' | sort -u)
status=0
for rule in $used; do
	echo "$told" | grep -qx "$rule" || { echo "not explained: $rule"; status=1; }
done
for rule in $told; do
	grep -rqE "\"$rule\"" src --include=*.c --exclude=rules.c || {
		echo "explained, but never noted: $rule"
		status=1
	}
done
"$prog" check --explain no-such-rule 2>/dev/null && { echo "a rule that is none was explained"; status=1; }
exit $status
