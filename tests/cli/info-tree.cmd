cryoscope info tests/real/tree
echo "--- one image"
cryoscope info tests/real/tree/files.img
cryoscope info tests/real/tree/core-3375.img
cryoscope info --json tests/real/tree/mm-3375.img
# What an image by itself does not say is not known; that of standard input has not even a pid.
cryoscope info --json tests/real/tree/inventory.img
cryoscope info --json - <tests/real/tree/core-3375.img
cryoscope info - <tests/real/tree/core-3375.img
cryoscope maps tests/real/tree/mm-3375.img 2>&1
