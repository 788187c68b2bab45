#compdef cryoscope
# zsh completion for cryoscope. Words come from the program itself: `cryoscope --complete`.

# "word<TAB>help" lines as arguments of _describe.
_cryoscope_lines() {
	local line
	for line in "${(@f)$(command ${words[1]} "$@" 2>/dev/null)}"; do
		[[ -n $line ]] && reply+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
	done
}

_cryoscope() {
	local verb= source= word i
	local -i args=0
	local -a reply verbs
	_cryoscope_lines --complete verbs
	verbs=("${reply[@]}")

	for ((i = 2; i < CURRENT; i++)); do
		word=${words[i]}
		case $word in
		-g|--go|--schema|--spool-limit|--theme|--script|--size|--color)
			((i++))
			if ((i >= CURRENT)); then
				_files
				return
			fi
			;;
		-*) ;;
		*)
			if [[ -z $verb && $args == 0 && -n ${(M)verbs:#$word:*} ]]; then
				verb=$word
			else
				((args++ == 0)) && source=${(Q)word}
			fi
			;;
		esac
	done

	reply=()
	if [[ ${words[CURRENT]} == -* ]]; then
		_cryoscope_lines $verb --complete options
		_describe -o option reply -S ''
	elif [[ $verb == (tree|show|read) && $args == 1 ]]; then
		_cryoscope_lines --complete paths -- "${source/#\~\//$HOME/}" "${(Q)words[CURRENT]}"
		_describe path reply -S ''
	elif ((args == 0)); then
		[[ -z $verb ]] && _describe verb verbs
		_files
	fi
}

_cryoscope "$@"
