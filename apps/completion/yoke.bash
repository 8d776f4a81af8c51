# Completion for bash. What there is to complete comes from `yoke help`, so it is never out of date.

_yoke_commands() {
    "$1" help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

_yoke_options() { # PROGRAM COMMAND
    local IFS=' '
    "$1" $2 --help 2>/dev/null | sed -n 's/^  \(-[a-zA-Z], \|    \)\(--[a-z-]*=\{0,1\}\).*/\2/p'
}

# What an option's value is called, then the words that it may be, where the help lists them.
_yoke_values() { # PROGRAM COMMAND OPTION
    local IFS=' '
    "$1" $2 --help 2>/dev/null | awk -v option="$3" '
        /^  (-[a-zA-Z], |    )--/ {
            entry = 0
            text = substr($0, 7)
            name = text
            sub(/[[ =].*/, "", name)
            if (name == option && text ~ /^[^ ]*=/) {
                entry = 1
                sub(/^[^= ]*=/, "", text)
                value = text
                sub(/ .*/, "", value)
                print value
            }
        }
        !/^  / { entry = 0 }
        entry && match($0, / [a-z]+( or [a-z]+)*: /) && RSTART == 26 {
            words = substr($0, RSTART + 1, RLENGTH - 3)
            gsub(/ or /, "\n", words)
            print words
        }'
}

_yoke() {
    local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} option= command= i
    # Readline takes --name=value for three words.
    if [[ $word == = ]]; then
        option=${COMP_WORDS[COMP_CWORD - 1]} word=
    elif ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    elif [[ ${COMP_WORDS[COMP_CWORD - 1]} == --* ]]; then
        option=${COMP_WORDS[COMP_CWORD - 1]}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ ${COMP_WORDS[i]} == [a-z]* ]]; then
            command=${COMP_WORDS[i]}
            break
        fi
    done

    # On a cluster there are others.
    [[ $command == @(sum|count) && " ${COMP_WORDS[*]} " == *' --cluster '* ]] && command+=' --cluster'

    local IFS=$'\n' values
    COMPREPLY=()
    if [[ $option ]]; then
        values=($(_yoke_values "$program" "$command" "$option"))
        case ${values[0]} in
        FILE* | DIR*) COMPREPLY=($(compgen -f -- "$word")); compopt -o filenames 2>/dev/null; return ;;
        ?*) COMPREPLY=($(compgen -W "${values[*]:1}" -- "$word")); return ;;
        esac
    fi
    if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "$(_yoke_options "$program" "$command")" -- "$word"))
        [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
    elif [[ ! $command || $command == help ]]; then
        COMPREPLY=($(compgen -W "$(_yoke_commands "$program")" -- "$word"))
    fi
    return 0
}

complete -F _yoke yoke
