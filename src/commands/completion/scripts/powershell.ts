/** The script for PowerShell 5 and newer. */
import { scriptText } from './script-text';

export const script = (program: string): string => scriptText(POWERSHELL, program);

const POWERSHELL = String.raw`# PowerShell completion for PROGRAM: PROGRAM completion powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName 'PROGRAM' -ScriptBlock {
    param($typed, $line, $cursor)

    # The words that begin before the cursor; the last is the one being typed if it reaches the cursor.
    $quotes = [char[]]@([char]34, [char]39)
    $elements = @($line.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursor })
    $words = @($elements | ForEach-Object { $_.Extent.Text.Trim($quotes) })
    $last = $elements[-1].Extent
    if ($elements.Count -gt 1 -and $last.EndOffset -ge $cursor) {
        $typed = $last.Text.Substring(0, $cursor - $last.StartOffset).Trim($quotes)
        $before = @($words | Select-Object -Skip 1 | Select-Object -SkipLast 1)
    } else {
        $typed = ''
        $before = @($words | Select-Object -Skip 1)
    }
    $program = $words[0]
    if (-not (Get-Command $program -CommandType Application, ExternalScript -ErrorAction SilentlyContinue)) { $program = 'PROGRAM' }

    # Older PowerShells drop an empty argument unless it is quoted twice.
    $argument = $typed
    $isOld = $PSVersionTable.PSVersion -lt [version]'7.3.0' -or $PSNativeCommandArgumentPassing -eq 'Legacy'
    if ($argument -eq '' -and $isOld) { $argument = '""' }
    $answer = @(& $program __complete @before $argument 2>$null)
    if ($answer.Count -eq 0 -or $answer[-1] -notmatch '^:(\d+)$') { return }
    $directive = [int]$Matches[1]
    if ($directive -band 1) { return }
    # Files are PowerShell's own business: it completes them where nothing is returned.
    if ($directive -band 24) { return }

    $lead = ''
    if ($typed -match '^(-[^=]*=)(.*)$') { $lead = $Matches[1]; $typed = $Matches[2] }
    $lines = @($answer | Select-Object -SkipLast 1 | Where-Object { $_.StartsWith($typed) })
    if ($lines.Count -eq 0) {
        if ($directive -band 4) { '' }
        return
    }
    $blank = if ($lines.Count -eq 1 -and -not ($directive -band 2)) { ' ' } else { '' }
    foreach ($each in $lines) {
        $name, $description = $each -split "\t", 2
        if (-not $description) { $description = $name }
        [System.Management.Automation.CompletionResult]::new("$lead$name$blank", $name, 'ParameterValue', $description)
    }
}
`;
