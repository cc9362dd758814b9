_supportctl() {
    local line word cur="${COMP_LINE:0:COMP_POINT}"
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == $'\t'* ]]; then
            compopt -o default 2>/dev/null
        else
            COMPREPLY+=("${line%%$'\t'*}")
        fi
    done < <(_SUPPORTCTL_COMPLETE=bash _SUPPORTCTL_LINE="$cur" "$1" 2>/dev/null)
    # Bash splits words at =, : and @ too. It replaces only what follows the last = or :, or begins with the last @.
    word="${cur##*[[:space:]]}"
    if [[ ${word##*[=:]} == *@* && $COMP_WORDBREAKS == *@* ]]; then
        word="${word%@*}"
    else
        word="${word%"${word##*[=:]}"}"
        [[ $COMP_WORDBREAKS == *"${word: -1}"* ]] || word=
    fi
    if [[ -n $word ]]; then
        COMPREPLY=("${COMPREPLY[@]#"$word"}")
    fi
}
complete -F _supportctl supportctl
