# A clean set; a damaged one: by file, with offsets; once more as JSON.
cryoscope check tests/real/zombie
echo "status $?"
rm -rf "$B/cli-check" && mkdir -p "$B/cli-check" && cp tests/real/lazy/* "$B/cli-check"
head -c 60 tests/real/lazy/mm-874.img >"$B/cli-check/mm-874.img"
rm "$B/cli-check/files.img"
cryoscope check "$B/cli-check" | cut -c1-100 | head -8
cryoscope check --json "$B/cli-check" | head -2
cryoscope check --json "$B/cli-check" >/dev/null
echo "status $?"
rm -rf "$B/cli-check"
