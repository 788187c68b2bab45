# What is wrong is said on standard error with file and offset, unless -q; the status is 3; what can
# be read is printed.
cut="$B/cli-damage.img"
head -c 40 tests/real/tree/pstree.img >"$cut"
cryoscope show --json "$cut"
echo "status $?"
cryoscope show -q "$cut"
echo "status $?"
cryoscope -v info tests/real/lazy 2>&1 >/dev/null
head -c 3 tests/real/tree/pstree.img >"$cut"
cryoscope show "$cut"
echo "status $?"
echo no image at all >"$cut"
cryoscope info "$cut"
echo "status $?"
rm "$cut"
