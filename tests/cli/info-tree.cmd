cryoscope info tests/real/tree
echo "--- one image"
cryoscope info tests/real/tree/files.img
cryoscope info tests/real/tree/core-3375.img
cryoscope info --json tests/real/tree/mm-3375.img
