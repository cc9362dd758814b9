function __supportctl_offers
    set -lx _SUPPORTCTL_COMPLETE fish
    set -lx _SUPPORTCTL_LINE (commandline -cp | string collect)
    set -l offers (supportctl 2>/dev/null)
    if test "$offers" = \t
        set -l begun (string match -r -- '^--?[^=]*=' (commandline -ct))
        string replace -r -- '^' "$begun" (__fish_complete_path (string replace -- "$begun" '' (commandline -ct)))
    else
        string join -- \n $offers
    end
end
complete -c supportctl -f -a '(__supportctl_offers)'
