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
    # Bash splits words at = and : too, and replaces only what follows the last of them.
    word="${cur##*[[:space:]]}"
    word="${word%"${word##*[=:]}"}"
    if [[ -n $word && $COMP_WORDBREAKS == *"${word: -1}"* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"$word"}")
    fi
}
complete -F _supportctl supportctl
