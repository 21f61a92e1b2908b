/**
 * Completions for three shells, made from the tree of commands: words and options that are known before anything is asked.
 * After `run` and `ssh` the shell completes the program and its arguments as its own.
 */

import { allCommands, type CommandFacts } from "./command_tree.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = typeof SHELLS[number];

/** Commands after which a program of the user's comes. */
const RUNS = ["run", "ssh"] as const;

/** The script for a shell, to be read by it at its start. */
export function completionScript(shell: Shell, tree: CommandFacts): string {
  switch (shell) {
    case "bash":
      return bashScript(tree);
    case "zsh":
      return zshScript(tree);
    case "fish":
      return fishScript(tree);
  }
}

/** All commands, `ssh` with the options that it shares with `run`. */
function completedCommands(tree: CommandFacts): readonly CommandFacts[] {
  const commands = allCommands(tree);
  const { options = [] } = commands.find(({ words }) => words.slice(1).join(" ") === "run") ?? {};
  return commands.map((command) =>
    command.words.slice(1).join(" ") === "ssh" ? { ...command, options } : command
  );
}

/** What may follow some words: commands, then options. */
function following({ commands, options }: CommandFacts): string[] {
  return [...commands.map(({ words }) => words.at(-1) ?? ""), ...options.flatMap(({ names }) => names)];
}

function cases(tree: CommandFacts): string {
  return completedCommands(tree).map((command) =>
    `    "${command.words.slice(1).join(" ")}") words="${following(command).join(" ")}" ;;`
  ).join("\n");
}

function bashScript(tree: CommandFacts): string {
  return `# bash completion for cortex; put: source <(cortex completions bash)
_cortex() {
  local words="" path="" word index at="\${COMP_WORDS[COMP_CWORD]}"
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$path" in
      run | ssh)
        if [[ "$word" == -- || "$word" != -* ]]; then
          [[ "$word" == -- ]] && ((index++))
          _cortex_program "$index"
          return
        fi
        case "$word" in ${valued(tree)}) ((index++)) ;; esac
        ;;
      *) [[ "$word" == -* ]] || path="\${path:+$path }$word" ;;
    esac
  done
  if [[ "$path" =~ ^(run|ssh)$ && "$at" != -* ]] && ((index == COMP_CWORD)); then
    _cortex_program "$index"
    return
  fi
  case "$path" in
${cases(tree)}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$at")
}
_cortex_program() {
  if declare -F _command_offset >/dev/null; then
    _command_offset "$1"
  elif ((COMP_CWORD == $1)); then
    mapfile -t COMPREPLY < <(compgen -c -- "\${COMP_WORDS[COMP_CWORD]}")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
  fi
}
complete -o default -F _cortex cortex cortex-cli
`;
}

/** Options of `run` and `ssh` that take a word of their own, as a pattern of the shell. */
function valued(tree: CommandFacts): string {
  const runs = tree.commands.filter(({ words }) => RUNS.some((name) => words.at(-1) === name));
  const names = runs.flatMap(({ options }) =>
    options.filter(({ value }) => value.startsWith("<")).flatMap((option) => option.names)
  );
  return [...new Set(names)].join(" | ");
}

/** `path` would be the shell's own: the list behind PATH. */
function zshScript(tree: CommandFacts): string {
  return `#compdef cortex cortex-cli
# zsh completion for cortex; put it into a directory of $fpath as _cortex
_cortex() {
  local words_here verbs="" word index
  for ((index = 2; index < CURRENT; index++)); do
    word=\${words[index]}
    case "$verbs" in
      run|ssh)
        if [[ $word == -- || $word != -* ]]; then
          [[ $word == -- ]] && ((index++))
          ((CURRENT -= index - 1)); shift $((index - 1)) words
          _normal
          return
        fi
        case "$word" in ${valued(tree).replaceAll(" | ", "|")}) ((index++)) ;; esac
        ;;
      *) [[ $word == -* ]] || verbs="\${verbs:+$verbs }$word" ;;
    esac
  done
  if [[ $verbs == (run|ssh) && $words[CURRENT] != -* ]] && ((index == CURRENT)); then
    ((CURRENT = 1)); words=("$words[-1]")
    _normal
    return
  fi
  case "$verbs" in
${cases(tree).replaceAll("words=", "words_here=")}
  esac
  compadd -- \${=words_here}
}
if [[ $funcstack[1] == _cortex ]]; then _cortex "$@"; else compdef _cortex cortex cortex-cli; fi
`;
}

function fishScript(tree: CommandFacts): string {
  const lines = completedCommands(tree).flatMap((command) => fishLines(command));
  return `# fish completion for cortex; put it into ~/.config/fish/completions/cortex.fish
function __cortex_at
    set -l path
    for word in (commandline -opc)[2..]
        if test "$word" = --
            break
        end
        string match -q -- '-*' $word; or set -a path $word
        if contains -- "$path" ${RUNS.join(" ")}
            break
        end
    end
    test "$path" = "$argv[1]"
end
# Where the words of the program begin that comes after run or ssh; nothing where it has not begun.
function __cortex_program_at
    set -l words (commandline -opc)
    contains -- "$words[2]" ${RUNS.join(" ")}; or return
    set -l index 3
    while set -q words[$index]
        switch $words[$index]
            case --
                math $index + 1
                return
            case ${valued(tree).replaceAll(" | ", " ")}
                set index (math $index + 2)
            case '-*'
                set index (math $index + 1)
            case '*'
                break
        end
    end
    # Neither an option nor the value of one.
    test $index -gt (math (count $words) + 1); or string match -q -- '-*' (commandline -ct); or echo $index
end
function __cortex_has_program
    set -l index (__cortex_program_at)
    set -q index[1]
end
# The program and its arguments, as the shell completes them without us.
function __cortex_program
    set -l words (commandline -opc) (commandline -ct)
    set -l own (string escape -- $words[(__cortex_program_at)..-2])
    complete -C (string join ' ' -- $own $words[-1])
end
complete -c cortex -f
complete -c cortex-cli -w cortex
${lines.join("\n")}
complete -c cortex -n __cortex_has_program -a '(__cortex_program)'
`;
}

function fishLines({ words, commands, options }: CommandFacts): string[] {
  const condition = `-n '__cortex_at "${words.slice(1).join(" ")}"'`;
  const verbs = commands.map(({ words, summary }) =>
    `complete -c cortex ${condition} -a ${words.at(-1)} -d ${quote(summary)}`
  );
  const flags = options.map(({ names, value, description }) => {
    const [long, short] = [
      names.find((name) => name.startsWith("--")),
      names.find((name) => /^-\w$/.test(name)),
    ];
    const parts = [
      long && `-l ${long.slice(2)}`,
      short && `-s ${short.slice(1)}`,
      value.startsWith("<") && "-r",
    ];
    return `complete -c cortex ${condition} ${parts.filter(Boolean).join(" ")} -d ${quote(description)}`;
  });
  return [...verbs, ...flags];
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
