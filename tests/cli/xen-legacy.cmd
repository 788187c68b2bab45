# Rows of legacy streams as fields, with their bytes.
cd "$FIXTURES/xen"
for n in 0 2 3 8 11 14; do
	echo "--- legacy[$n]"
	cryoscope show legacy-pv.img "legacy[$n]"
done
cryoscope show --json legacy-pv.img 'legacy[8]'
cryoscope show --json legacy-pv.img 'legacy[1]/xcnt'
for n in 3 6 8 11 13; do
	echo "--- legacy[$n]"
	cryoscope show legacy-hvm.img "legacy[$n]"
done
cryoscope show --json legacy-hvm.img 'legacy[8]'
for n in 10 12; do
	echo "--- legacy[$n]"
	cryoscope show legacy-remus.img "legacy[$n]"
done
cryoscope show legacy-old.xapi 'legacy[7]'
cryoscope show legacy.xend 'legacy[6]'
