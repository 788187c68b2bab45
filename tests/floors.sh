#!/bin/sh
# Who may include whom: the floors of HACKING.md, checked with grep. An #include path names its floor.
cd "$(dirname "$0")/.." || exit 1

# floor: the floors whose headers it may include (besides its own)
allowed() {
	case $1 in
	base) echo "" ;;
	core) echo "base" ;;
	criu | xen) echo "base core" ;;
	ops) echo "base core" ;;
	view) echo "base core ops" ;;
	ui) echo "base core ops view" ;;
	cli) echo "base core ops view" ;;
	*) echo unknown ;;
	esac
}

status=0
complain() {
	echo "$*"
	status=1
}

for folder in src/*/ include/*/; do
	floor=$(basename "$folder")
	may=" $floor $(allowed "$floor") "
	[ "$may" = " $floor unknown " ] && complain "$folder: a floor nobody has heard of"
	for file in "$folder"*.[ch]; do
		[ -f "$file" ] || continue
		for header in $(sed -n 's/^[ \t]*#[ \t]*include[ \t]*"\([^"]*\)".*/\1/p' "$file"); do
			case $header in
			*/*) to=${header%%/*} ;;
			# The descriptor that protoc-c makes lies in build/gen, for the schema reader only.
			*.pb-c.h) [ "$floor" = criu ] && continue; to=$header ;;
			*) complain "$file: \"$header\" names no floor"; continue ;;
			esac
			case $may in
			*" $to "*) ;;
			*) complain "$file: $floor/ may not include \"$header\"" ;;
			esac
		done
		if grep -q '#[ \t]*include[ \t]*<\(n\?curses\|term\|panel\)' "$file" &&
			[ "$file" != src/ui/term.c ]; then
			complain "$file: curses belongs in src/ui/term.c alone"
		fi
	done
done
[ $status = 0 ] && echo "floors: every include is allowed"
exit $status
