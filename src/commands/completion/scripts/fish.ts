/** The script for fish 3 and newer. */
import { scriptText } from './script-text';

export const script = (program: string): string => scriptText(FISH, program);

const FISH = String.raw`# fish completion for PROGRAM: PROGRAM completion fish | source

function __PROGRAM_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct | string unescape)
    set -l program $words[1]
    type -fq -- $program; or set program PROGRAM
    set -l answer (command $program __complete $words[2..-1] "$typed" 2>/dev/null); or return
    set -l directive (string sub -s 2 -- $answer[-1])
    set -e answer[-1]
    test (math "$directive % 2") -eq 1; and return
    # Bits of a number.
    set -l no_files (math "floor($directive / 4) % 2")
    set -l by_ending (math "floor($directive / 8) % 2")
    set -l folders (math "floor($directive / 16) % 2")
    set -l lead (string match -r -- '^-[^=]*=' $typed)
    set -l value $typed
    test -n "$lead"; and set value (string replace -- $lead '' $typed)

    if test $by_ending -eq 1
        set -l endings (string join '|' $answer)
        __fish_complete_path "$value" | string match -er -- "(?:/|\.(?:$endings))(?:\t|\$)"
    else if test $folders -eq 1
        __fish_complete_directories "$value" ''
    else if test (count $answer) -gt 0
        for line in $answer
            echo -- "$lead$line"
        end
    else if test $no_files -eq 0
        __fish_complete_path "$value"
    end
end

complete -c PROGRAM -e
complete -c PROGRAM -f -a '(__PROGRAM_complete)'
`;
