# Text, then JSON, of a whole set and of a part.
cryoscope tree tests/real/lazy
echo --- below an image
cryoscope tree tests/real/tree fdinfo-3.img
echo --- an entry
cryoscope tree tests/real/tree 'files.img[3]'
echo --- below a process
cryoscope tree tests/real/tree pid:3388 | cut -d' ' -f1
echo --- json
cryoscope tree --json tests/real/tree pstree.img
echo --- a field is not in it
cryoscope tree tests/real/tree 'pstree.img[0]/pid'
