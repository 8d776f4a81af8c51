#!/bin/sh
# Prints what a shell would offer for the last word of a command line: bash or zsh, then the words.
shell=$1
# What the shell starts, it starts in ways with which the leak checker of AddressSanitizer waits for
# ever; leaks show where a test runs the same command itself.
export ASAN_OPTIONS="detect_leaks=0:$ASAN_OPTIONS"
shift
case $shell in
bash)
    exec bash -c '
        source apps/completion/yoke.bash
        compopt() { :; }
        # Readline takes --name=value for three words.
        COMP_WORDS=()
        for word; do
            if [[ $word == --*=* ]]; then
                COMP_WORDS+=("${word%%=*}" =)
                word=${word#*=}
                [[ $word ]] || continue
            fi
            COMP_WORDS+=("$word")
        done
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _yoke
        printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
    ;;
zsh)
    # The functions that would show the menu print what they are given instead.
    exec zsh -f -c '
        _describe() { print -l -- ${(P)2} }
        _arguments() { print -l -- ${@[3,-2]} }
        words=("$@") CURRENT=$#
        source apps/completion/_yoke' zsh "$@"
    ;;
esac
