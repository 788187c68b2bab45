# bash completion for cryoscope. Words come from the program itself: `cryoscope --complete`.

_cryoscope()
{
	local program=${COMP_WORDS[0]} cur=${COMP_WORDS[COMP_CWORD]}
	local verb= source= typed word args=0 i
	local -a words
	COMPREPLY=()

	# COMP_WORDS holds pid:7 and --color=auto in pieces; the line itself has them whole.
	IFS=$' \t\n' read -a words <<<"${COMP_LINE:0:COMP_POINT}"
	[[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && words+=("")
	typed=${words[-1]}
	local IFS=$'\n'

	for ((i = 1; i < ${#words[@]} - 1; i++)); do
		word=${words[i]}
		case $word in
		-g | --go | --schema | --spool-limit | --theme | --script | --size | --color)
			# Its value is being typed.
			if ((++i == ${#words[@]} - 1)); then
				COMPREPLY=($(compgen -f -- "$cur"))
				return
			fi
			;;
		-*) ;;
		*)
			if [[ -z $verb && $args == 0 ]] &&
				"$program" --complete verbs 2>/dev/null | cut -f1 | grep -qxF -- "$word"; then
				verb=$word
			else
				((args++ == 0)) && source=${word/#\~\//$HOME/}
			fi
			;;
		esac
	done

	if [[ $typed == -* ]]; then
		COMPREPLY=($(compgen -W "$("$program" $verb --complete options 2>/dev/null | cut -f1)" \
			-- "$typed"))
		[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null
		# Behind "--color=" only the value is replaced.
		[[ $typed == *=* ]] && COMPREPLY=("${COMPREPLY[@]#*=}")
		return
	fi
	if [[ $verb == @(tree|show|read) && $args == 1 ]]; then
		COMPREPLY=($("$program" --complete paths -- "$source" "$typed" 2>/dev/null | cut -f1))
		# Only what stands behind the last ":" is replaced.
		[[ $typed == *:* ]] && COMPREPLY=("${COMPREPLY[@]#"${typed%"${typed##*:}"}"}")
		for i in "${!COMPREPLY[@]}"; do
			COMPREPLY[i]=$(printf %q "${COMPREPLY[i]}")
		done
		compopt -o nospace 2>/dev/null
		return
	fi
	((args)) && return
	[[ -z $verb ]] &&
		COMPREPLY=($(compgen -W "$("$program" --complete verbs 2>/dev/null | cut -f1)" -- "$cur"))
	COMPREPLY+=($(compgen -f -- "$cur"))
	compopt -o filenames 2>/dev/null
}

complete -F _cryoscope cryoscope
