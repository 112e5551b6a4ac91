/** The script for zsh 5.2 and newer: to be sourced, or to lie in a folder of fpath by the name _kubectl. */
import { scriptText } from './script-text';

export const script = (program: string): string => scriptText(ZSH, program);

const ZSH = String.raw`#compdef PROGRAM
# zsh completion for PROGRAM: source <(PROGRAM completion zsh)

(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _PROGRAM PROGRAM

_PROGRAM() {
  local program=$\{(Q)words[1]} answer directive line name
  local -a before candidates endings options
  before=("$\{(@Q)words[2,CURRENT - 1]}")
  (( CURRENT > 2 )) || before=()
  [[ $program == '~/'* ]] && program=$HOME/$\{program#'~/'}
  (( $+commands[$program] )) || [[ -x $program ]] || program=PROGRAM
  answer=$("$program" __complete "$\{before[@]}" "$\{(Q)PREFIX}" 2>/dev/null) || return 1
  directive=$\{answer##*:}
  (( directive & 1 )) && return 1

  # The value behind = is completed, not the word.
  [[ $PREFIX == -*=* ]] && compset -P '*='
  for line in "$\{(@f)$\{answer%:*}}"; do
    [[ -n $line ]] || continue
    endings+=("$line")
    name=$\{$\{line%%$'\t'*}//:/\\:}
    [[ $line == *$'\t'* ]] && name+=:$\{line#*$'\t'}
    candidates+=("$name")
  done
  if (( directive & 8 )); then
    _files -g "*.($\{(j:|:)endings})"
  elif (( directive & 16 )); then
    _files -/
  elif (( $#candidates )); then
    (( directive & 2 )) && options=(-S '')
    if (( directive & 32 )); then
      _describe -V -t completions completions candidates $options
    else
      _describe -t completions completions candidates $options
    fi
  elif (( ! (directive & 4) )); then
    _files
  else
    return 1
  fi
}

# Found in fpath it is this function's own body, the first time.
if [[ $funcstack[1] == _PROGRAM ]]; then
  _PROGRAM "$@"
fi
`;
