# For .cmd files: what each command says of a fixture.
say() {
	"$@"
	status=$?
	[ $status = 0 ] || echo "exit $status"
}

# fixture FOLDER/NAME...: fields with their bytes, JSON, problems.
fixture() {
	for name; do
		file=$FIXTURES/$name
		echo "=== $name"
		say cryoscope show --offsets "$file"
		echo "--- json"
		say cryoscope show --json "$file"
		echo "--- json, pretty"
		say cryoscope show --json --pretty "$file"
		echo "--- check"
		say cryoscope check "$file"
	done
}

# fixture_set FOLDER: the set as a whole.
fixture_set() {
	echo "=== $1"
	say cryoscope info "$FIXTURES/$1"
	echo "--- tree"
	say cryoscope tree "$FIXTURES/$1"
	echo "--- check"
	say cryoscope check "$FIXTURES/$1"
}
