"""The completion command: the script that lets a shell ask supportctl for suggestions."""

from enum import StrEnum
from typing import Annotated

from typer import Argument

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.session import Session

app = Verbs()


class Shell(StrEnum):
    """The shells that we support."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


# Every script passes the line up to the cursor as typed, so that quotes, colons and = reach us unharmed, and reads
# whole words back: `value TAB help`. A line without a value asks for files.

BASH = r"""
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
"""

ZSH = r"""
#compdef supportctl
_supportctl() {
    local line
    local -a offers
    for line in "${(@f)$(_SUPPORTCTL_COMPLETE=zsh _SUPPORTCTL_LINE="${(j: :)words[1,CURRENT-1]} $PREFIX" \
        "$words[1]" 2>/dev/null)}"; do
        case $line in
            '') ;;
            $'\t'*) [[ $PREFIX == -*=* ]] && compset -P 1 '*='; _files; return ;;
            *$'\t') offers+=("${${line%$'\t'}//:/\\:}") ;;
            *) offers+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
        esac
    done
    _describe -V supportctl offers
}
if [[ $funcstack[1] == _supportctl ]]; then
    _supportctl "$@"
else
    compdef _supportctl supportctl
fi
"""

FISH = r"""
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
"""

POWERSHELL = r"""
Register-ArgumentCompleter -Native -CommandName supportctl -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $line = $commandAst.ToString()
    $end = $cursorPosition - $commandAst.Extent.StartOffset
    $line = $line.PadRight($end).Substring(0, $end)
    $env:_SUPPORTCTL_COMPLETE = 'powershell'
    $env:_SUPPORTCTL_LINE = $line
    try {
        supportctl 2>$null | Where-Object { -not $_.StartsWith("`t") } | ForEach-Object {
            $value, $help = $_ -split "`t", 2
            if (-not $help) { $help = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
        }
    } finally {
        Remove-Item Env:_SUPPORTCTL_COMPLETE, Env:_SUPPORTCTL_LINE
    }
}
"""

SCRIPTS = {Shell.BASH: BASH, Shell.ZSH: ZSH, Shell.FISH: FISH, Shell.POWERSHELL: POWERSHELL}


@app.verb("completion", formats=())
def completion(
    _: Session, shell: Annotated[Shell, Argument(metavar="SHELL", help="bash, zsh, fish or powershell")]
) -> Result:
    """Print the completion script for SHELL.

    zsh reads it from any folder in $fpath, under the name _supportctl. For PowerShell, add to $PROFILE:
    supportctl completion powershell | Out-String | Invoke-Expression

    \b
    Examples:
      supportctl completion bash > ~/.local/share/bash-completion/completions/supportctl
      supportctl completion zsh > ~/.zfunc/_supportctl
      supportctl completion fish > ~/.config/fish/completions/supportctl.fish
    """
    return Result(text=SCRIPTS[shell].lstrip())
