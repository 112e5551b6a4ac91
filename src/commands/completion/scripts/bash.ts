/** The script for bash 3.2 and newer; it needs no bash-completion. People name `__start_kubectl` in `complete -F` for aliases. */
import { scriptText } from './script-text';

export const script = (program: string): string => scriptText(BASH, program);

const BASH = String.raw`# bash completion for PROGRAM: source <(PROGRAM completion bash)

# Puts the words up to the cursor into __PROGRAM_words: bash has cut them at = and : as well.
__PROGRAM_read_words() {
  local rest=$\{COMP_LINE:0:COMP_POINT} piece i n=-1
  __PROGRAM_words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    piece=$\{COMP_WORDS[i]}
    if [[ $rest == [[:blank:]]* || $n -lt 0 ]]; then
      rest=$\{rest#"$\{rest%%[![:blank:]]*}"}
      n=$((n + 1))
      __PROGRAM_words[n]=
    fi
    [[ $i -eq $COMP_CWORD || $rest != "$piece"* ]] && piece=$rest
    __PROGRAM_words[n]+=$piece
    rest=$\{rest#"$piece"}
  done
}

# Puts into __PROGRAM_value what a word means, quotes off and variables filled in. Nothing is run for it.
__PROGRAM_mean() {
  __PROGRAM_value=$1
  [[ $1 == *[\"\'\\$~]* && $1 != *[\;\|\&\<\>\(\)$'\x60']* ]] || return 0
  eval "__PROGRAM_value=$1" 2>/dev/null || __PROGRAM_value=$\{1#[\"\']}
}

__start_PROGRAM() {
  local IFS=$' \t\n' __PROGRAM_words __PROGRAM_value program answer directive words line typed i
  COMPREPLY=()
  words=()
  __PROGRAM_read_words
  for ((i = 0; i < $\{#__PROGRAM_words[@]}; i++)); do
    __PROGRAM_mean "$\{__PROGRAM_words[i]}"
    words[i]=$__PROGRAM_value
  done
  typed=$\{words[i - 1]}
  # An alias or a function stands for the program.
  program=$(type -P -- "$\{words[0]}") || program=PROGRAM
  answer=$("$program" __complete "$\{words[@]:1}" 2>/dev/null) || return 0
  directive=$\{answer##*:}
  answer=$\{answer%:*}
  ((directive & 1)) && return 0

  local can_tell=
  [[ $(type -t compopt) ]] && can_tell=1
  # What bash replaces begins behind the last = or : that it cuts at.
  local lead= cut=
  if [[ $typed == -*=* ]]; then
    [[ $COMP_WORDBREAKS == *=* ]] || lead=$\{typed%%=*}=
    typed=$\{typed#*=}
  fi
  [[ $typed == *:* && $COMP_WORDBREAKS == *:* ]] && cut=$\{typed%"$\{typed##*:}"}
  if ((directive & 24)); then
    [[ $can_tell ]] && compopt -o filenames
    __PROGRAM_files "$typed" "$directive" "$answer"
    return 0
  fi
  if [[ $can_tell ]]; then
    ((directive & 2)) && compopt -o nospace
    ((directive & 4)) && compopt +o default
    ((directive & 32)) && compopt -o nosort 2>/dev/null
  fi

  local names tells width=0
  names=()
  tells=()
  while IFS= read -r line; do
    [[ $line && $line == "$typed"* ]] || continue
    tells+=("$line")
    line=$\{line%%$'\t'*}
    names+=("$lead$\{line#"$cut"}")
    (($\{#line} > width)) && width=$\{#line}
  done <<<"$answer"
  # Where bash shows a list, descriptions stand in it; what it puts on the line itself has none.
  if (($\{#names[@]} > 1)) && [[ $\{COMP_TYPE:-9} != 37 && $\{COMP_TYPE:-9} != 42 ]]; then
    for ((i = 0; i < $\{#names[@]}; i++)); do
      [[ $\{tells[i]} == *$'\t'* ]] || continue
      printf -v line "%-$\{width}s  (%s)" "$\{names[i]}" "$\{tells[i]#*$'\t'}"
      names[i]=$\{line:0:$\{COLUMNS:-80}}
    done
  fi
  COMPREPLY=($\{names[@]+"$\{names[@]}"})
}

# Folders, and files with one of the endings that the answer names.
__PROGRAM_files() {
  local ending line
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$1")
  (($2 & 8)) || return 0
  while IFS= read -r ending; do
    [[ $ending ]] || continue
    while IFS= read -r line; do
      [[ -d $line ]] || COMPREPLY+=("$line")
    done < <(compgen -f -X "!*.$ending" -- "$1")
  done <<<"$3"
}

if [[ $(type -t compopt) ]]; then
  complete -o default -F __start_PROGRAM PROGRAM
else
  complete -o default -o nospace -F __start_PROGRAM PROGRAM
fi
`;
