#!/bin/bash
# The completions of the three shells, each asked for verbs, options, paths.
set -u
bad=0
expect() { # what, got, want...
	local what=$1 got=$2
	shift 2
	for want; do
		grep -qF -- "$want" <<<"$got" || { echo "$what: no $want in: $got"; bad=1; }
	done
}

bash_completes() {
	bash --norc -c '
		source completions/cryoscope.bash
		COMP_LINE=$1 COMP_POINT=${#1}
		shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_cryoscope 2>/dev/null
		printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}
expect "bash, verbs" "$(bash_completes 'cryoscope ' cryoscope '')" info tree show read check tests
expect "bash, a verb" "$(bash_completes 'cryoscope sh' cryoscope sh)" show
expect "bash, options" "$(bash_completes 'cryoscope show --' cryoscope show --)" --json --pretty --offsets --schema=
expect "bash, a value" "$(bash_completes 'cryoscope --color=a' cryoscope --color = a)" auto always
expect "bash, source" "$(bash_completes 'cryoscope show tests/re' cryoscope show tests/re)" tests/real
expect "bash, path" "$(bash_completes 'cryoscope show tests/real/tree pst' cryoscope show tests/real/tree pst)" pstree.img
expect "bash, entry" "$(bash_completes 'cryoscope show tests/real/tree pstree.img[' cryoscope show tests/real/tree 'pstree.img[')" 'pstree.img\[4\]'
expect "bash, process" "$(bash_completes 'cryoscope show tests/real/tree pid:33' cryoscope show tests/real/tree pid : 33)" 3388
[ "$(bash_completes 'cryoscope show --off' cryoscope show --off)" = --offsets ] || { echo "bash: --off"; bad=1; }
bash_completes 'cryoscope tree --' cryoscope tree -- | grep -qx -- --raw && { echo "bash: tree has --raw"; bad=1; }

if command -v fish >/dev/null; then
	home=$(mktemp -d) # fish makes folders for its settings
	trap 'rm -r "$home"' EXIT
	fish_completes() {
		HOME=$home XDG_CONFIG_HOME=$home XDG_DATA_HOME=$home fish --no-config -c 'source completions/cryoscope.fish; complete -C $argv[1]' "$1" 2>&1
	}
	expect "fish, verbs" "$(fish_completes 'cryoscope ')" info tree show read check tests
	expect "fish, options" "$(fish_completes 'cryoscope show --')" --json --pretty --offsets
	expect "fish, path" "$(fish_completes 'cryoscope show tests/real/tree pst')" pstree.img
	expect "fish, entry" "$(fish_completes 'cryoscope show tests/real/tree pstree.img\[')" 'pstree.img[4]'
	expect "fish, process" "$(fish_completes 'cryoscope show tests/real/tree pid:33')" pid:3388
fi

if command -v zsh >/dev/null; then
	zsh_completes() {
		zsh -f -c '
			_describe() { [[ $1 == -o ]] && shift; print -rl -- "${(P@)2}" }
			_files() { print files }
			words=("$@") CURRENT=$#
			source completions/cryoscope.zsh' zsh "$@" 2>&1
	}
	expect "zsh, verbs" "$(zsh_completes cryoscope '')" info: tree: show: read: check: files
	expect "zsh, options" "$(zsh_completes cryoscope show --)" --json: --pretty: --offsets:
	expect "zsh, path" "$(zsh_completes cryoscope show tests/real/tree pst)" pstree.img:PSTREE
	expect "zsh, entry" "$(zsh_completes cryoscope show tests/real/tree 'pstree.img[')" 'pstree.img[4]:'
	expect "zsh, process" "$(zsh_completes cryoscope show tests/real/tree pid:)" 'pid\:3388:process'
fi
# A source that cannot be opened is no reason to say anything.
[ -z "$(cryoscope --complete paths -- /nonexistent x 2>&1)" ] || bad=1
exit $bad
