# Parameters of an HVM guest by name, with what they mean.
cd tests/real/xen
cryoscope show hvm-mini.libxc 'libxc[6]'
echo --- one
cryoscope show hvm-mini.libxc 'libxc[6]/param[7]'
cryoscope show --json hvm-mini.libxc 'libxc[6]'
