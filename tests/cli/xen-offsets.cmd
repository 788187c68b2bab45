# Offsets of a stream are those of its file: each is of a layer, a record, a page. A record's number
# without a layer is that of the one with most.
cd "$FIXTURES/xen"
for at in off:0x10 off:0x3a off:0x1018 rec:3 off:0xffffff; do
	echo "=== $at"
	cryoscope where unaligned.xl $at
	cryoscope read unaligned.xl $at 16
	echo "exit $?"
done
