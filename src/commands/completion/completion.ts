/** `completion`: a script by which a shell completes command lines (kubectl pkg/cmd/completion/completion.go). */
import { type Command, UsageError } from '../command';

const SCRIPTS: Readonly<Record<string, () => Promise<{ script(program: string): string }>>> = {
  bash: () => import('./scripts/bash'),
  zsh: () => import('./scripts/zsh'),
  fish: () => import('./scripts/fish'),
  powershell: () => import('./scripts/powershell'),
};

const command: Command = {
  use: 'completion SHELL',
  short: 'Output shell completion code for the specified shell (bash, zsh, fish, or powershell)',
  long: `Print a script that teaches a shell to complete the command lines of kubectl: commands, flags, types, and the names of what is in the cluster. The shell has to read it; to have it always, from the file that the shell reads when it starts.

It needs nothing but the shell: bash 3.2, zsh 5.2, fish 3 or PowerShell 5, or newer.`,
  examples: `# bash, here and now
source <(kubectl completion bash)

# bash, always
echo 'source <(kubectl completion bash)' >> ~/.bashrc

# bash, where kubectl goes by another name
alias k=kubectl
complete -o default -F __start_kubectl k

# zsh, here and now
source <(kubectl completion zsh)

# zsh, always
kubectl completion zsh > "\${fpath[1]}/_kubectl"

# fish, here and now
kubectl completion fish | source

# fish, always
kubectl completion fish > ~/.config/fish/completions/kubectl.fish

# PowerShell, here and now
kubectl completion powershell | Out-String | Invoke-Expression

# PowerShell, always
kubectl completion powershell >> $PROFILE`,
  completion: { offer: 'words', words: Object.keys(SCRIPTS) },
  async run({ args, program, streams }) {
    const [shell] = args;
    if (shell === undefined) throw new UsageError('Shell not specified.');
    if (args.length > 1) throw new UsageError('Too many arguments. Expected only the shell type.');
    const load = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
    if (!load) throw new UsageError(`Unsupported shell type ${JSON.stringify(shell)}.`);
    streams.out((await load()).script(program));
  },
};

export default command;
