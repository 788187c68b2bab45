# One image of each shape, an entry, a part, fields.
cryoscope show tests/real/tree inventory.img
echo --- array
cryoscope show tests/real/tree/pstree.img
echo --- part
cryoscope show tests/real/tree 'mm-3382.img/vmas[2]'
echo --- group
cryoscope show tests/real/tree core-3382.img/thread_info/gpregs | head -4
echo --- field
cryoscope show tests/real/tree 'mm-3382.img/vmas[2]/start'
cryoscope show tests/real/tree 'mm-3382.img/vmas[2]/prot'
cryoscope show --json tests/real/tree 'mm-3382.img/vmas[2]/prot'
cryoscope show --pretty tests/real/tree 'mm-3382.img/vmas[2]/prot'
echo --- process
cryoscope show tests/real/tree pid:3388 | head -20
echo --- wrong paths
cryoscope show tests/real/tree mm-1.img
cryoscope show tests/real/tree 'mm-3382.img/vmas[2]/nothing'
cryoscope show tests/real/tree 'pstree.img[5]'
cryoscope show --offsets tests/real/tree pid:3388
