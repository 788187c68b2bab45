# Colours when asked for, never in JSON; ASCII where the locale is not UTF-8.
cryoscope tree --color=always tests/real/tree pstree.img | head -2 | cat -v
cryoscope tree tests/real/tree pstree.img | head -1 | cat -v
cryoscope tree --json --color=always tests/real/tree pstree.img | head -1
image="$FIXTURES/hostile"
for locale in C.UTF-8 C; do
	echo "--- $locale"
	LC_ALL=$locale cryoscope show "$image" files.img 2>&1 | grep -a name | cut -d@ -f1
done
LC_ALL=C cryoscope tree "$image" 2>&1 | LC_ALL=C grep -ac '[^ -~]'
