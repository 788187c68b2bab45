# Nothing to browse in: it says what prints the same. A verb's name may be a file's, behind "./" or
# "--".
cryoscope tests/real/tree </dev/null
echo "status $?"
TERM=dumb cryoscope tests/real/tree
echo "status $?"
rm -rf "$B/cli-verb" && mkdir -p "$B/cli-verb" && cp -r tests/real/lazy "$B/cli-verb/info"
cd "$B/cli-verb" && cryoscope info ./info | head -2
cryoscope -- info </dev/null
rm -rf "$B/cli-verb"
