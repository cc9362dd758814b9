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
