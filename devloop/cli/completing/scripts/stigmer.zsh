#compdef stigmer
# zsh completion for stigmer

_stigmer() {
    local -a lines
    local kind
    lines=("${(@f)$(_STIGMER_COMPLETE=zsh _STIGMER_WORDS="${(pj:\x1f:)${(@)words[1,CURRENT]}}" ${(Q)words[1]} 2>/dev/null)}")
    kind=$lines[1]
    shift lines
    # Of --output=json and junit=FILE, only what comes after the sign.
    [[ $PREFIX == -*=* || $kind == (files|directories) ]] && compset -P '*='
    case $kind in
        files) _files ;;
        directories) _files -/ ;;
        values) (( $#lines )) && _describe -V 'stigmer' lines ;;
        open) (( $#lines )) && _describe -V 'stigmer' lines -S '' ;;
    esac
}

if [[ $funcstack[1] == _stigmer ]]; then
    _stigmer "$@"
else
    compdef _stigmer stigmer
fi
