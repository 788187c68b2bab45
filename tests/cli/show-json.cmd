cryoscope show --json tests/real/tree/pstree.img
cryoscope show --json tests/real/tree 'pstree.img[1]'
cryoscope show --pretty tests/real/tree fs-3382.img
cryoscope show --json tests/real/tree pid:3388 | cut -c1-200
cryoscope show --json tests/real/tree | cut -c1-60
