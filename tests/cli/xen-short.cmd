# Records of a PV guest: their rows; the short ones decoded; JSON.
cd tests/real/xen
cryoscope tree pv-mini.libxc | sed -n 3,10p
for n in 0 4 6 10; do
	echo "--- $n"
	cryoscope show pv-mini.libxc "libxc[$n]"
done
echo --- JSON
for n in 0 4 6; do
	cryoscope show --json pv-mini.libxc "libxc[$n]"
done
