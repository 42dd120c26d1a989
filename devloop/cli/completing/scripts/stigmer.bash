# bash completion for stigmer

_stigmer() {
    local IFS=$'\n' lines
    COMPREPLY=()
    lines=($(_STIGMER_COMPLETE=bash _STIGMER_LINE="${COMP_LINE:0:COMP_POINT}" _STIGMER_BREAKS="$COMP_WORDBREAKS" "$1" 2>/dev/null))
    case "${lines[0]}" in
        files) compopt -o default -o filenames 2>/dev/null ;;
        directories) compopt -o dirnames -o filenames 2>/dev/null ;;
        values) COMPREPLY=("${lines[@]:1}") ;;
        open) COMPREPLY=("${lines[@]:1}"); compopt -o nospace 2>/dev/null ;;
    esac
}

# Older ones sort: the newest execution does not stand first then.
complete -o nosort -F _stigmer stigmer 2>/dev/null || complete -F _stigmer stigmer
