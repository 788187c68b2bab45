# fish completion for cryoscope. Words come from the program itself: `cryoscope --complete`.

# The words before the cursor that are no options and no options' values, without the program.
function __cryoscope_words
    set -l skip no
    for word in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
            continue
        end
        switch $word
            case -g --go --schema --spool-limit --theme --script --size --color
                set skip yes
            case '-*'
            case '*'
                echo -- $word
        end
    end
end

function __cryoscope_verb
    set -l words (__cryoscope_words)
    test -n "$words[1]"; or return 1
    cryoscope --complete verbs 2>/dev/null | string split -f1 \t | string match -- $words[1]
end

function __cryoscope_complete
    set -l verb (__cryoscope_verb)
    set -l words (__cryoscope_words)
    set -l typed (commandline -ct)
    if string match -q -- '-*' $typed
        cryoscope $verb --complete options 2>/dev/null
        return
    end
    test -n "$verb"; and set -e words[1]
    switch (count $words)
        case 0
            test -n "$verb"; or cryoscope --complete verbs 2>/dev/null
            __fish_complete_path $typed
        case 1
            if contains -- "$verb" tree show read
                # As typed it may have escapes or an open quote.
                set typed (string unescape -- $typed; or string trim -l -c '"\'' -- $typed)
                cryoscope --complete paths -- $words[1] "$typed" 2>/dev/null
            end
    end
end

complete -c cryoscope -f -a '(__cryoscope_complete)'
for option in schema theme script
    complete -c cryoscope -l $option -r -F
end
