# Every byte once, in the order of the file.
cryoscope show --offsets tests/real/tree/pstree.img
cryoscope show --offsets tests/real/tree 'mm-3382.img/vmas[2]'
cryoscope show --offsets --json tests/real/tree fs-3382.img
