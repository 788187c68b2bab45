# PAGE_DATA: facts, an entry with its type, where its page lies; a page that is sent three times.
cd tests/real/xen
cryoscope show pv-mini.libxc 'libxc[5]' | cut -c1-100
echo --- entry
cryoscope show pv-mini.libxc 'libxc[5]/pfn[17]'
cryoscope show pv-mini.libxc 'libxc[5]/pfn[17]' --json
echo --- bytes
cryoscope show --offsets pv-mini.libxc 'libxc[5]' | head -7 | cut -c1-110
cryoscope show --offsets pv-mini.libxc 'libxc[5]' | tail -2 | cut -c1-110
echo --- sent again
cryoscope show checkpoints.libxc 'libxc[10]' | grep again
cryoscope show checkpoints.libxc 'libxc[10]/pfn[0]'
