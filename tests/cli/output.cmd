# A full disk is an error, a reader that has enough is none.
cryoscope tree tests/real/tree >/dev/full
echo "status $?"
cryoscope --help >/dev/full
echo "status $?"
cryoscope tree tests/real/tree | head -1
cryoscope show tests/real/tree/pstree.img >&-
echo "status $?"
# Standard input holds an image, too.
cryoscope show - <tests/real/tree/pstree.img | head -3
cat tests/real/tree/pstree.img | cryoscope show --json - | cut -c1-60
