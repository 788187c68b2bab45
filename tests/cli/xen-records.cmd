# The records of each stream in tests/fixtures/xen, and what is wrong with them.
cd "$FIXTURES/xen"
for file in *; do
	echo "=== $file"
	cryoscope tree "$file" 2>/dev/null
	cryoscope check -v "$file" 2>/dev/null
	echo "exit $?"
done
