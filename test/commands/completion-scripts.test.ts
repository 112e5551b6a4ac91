/** The scripts of `completion`, sourced by the shells themselves; the program that they ask is the built one. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const ROOT = join(__dirname, '../..');
const has = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

let home: string;
beforeAll(() => {
  if (!existsSync(join(ROOT, 'dist/kubetick.cjs'))) execFileSync(process.execPath, [join(ROOT, 'scripts/build.mjs')]);
  home = mkdtempSync(join(tmpdir(), 'kubetick-scripts-'));
  mkdirSync(join(home, 'bin'));
  for (const name of ['kubectl', 'kubetick']) symlinkSync(join(ROOT, 'bin/kubetick'), join(home, 'bin', name));
  mkdirSync(join(home, 'work/folder'), { recursive: true });
  for (const file of ['a.yaml', 'a.txt', 'b.json']) writeFileSync(join(home, 'work', file), '');
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** What a shell prints, run without anything of the user's. */
function shell(name: string, args: string[], script: string): string {
  const PATH = [join(home, 'bin'), dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter);
  const env = { HOME: home, PATH, KUBETICK_STATE: join(home, 'state'), LC_ALL: 'C' };
  const ran = spawnSync(name, [...args, script], { cwd: join(home, 'work'), env, encoding: 'utf8', timeout: 50_000 });
  expect(ran.stderr).toBe('');
  return ran.stdout;
}

/** Asks bash as readline does: the line, its words cut at = and :, the number of the last. */
const BASH_ASK = `
compopt() { options+=" $*"; }
ask() {
  COMP_LINE=$1 COMP_POINT=\${#1}; shift
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_TYPE=\${TYPE:-9} options=
  "$FUNCTION"
  local IFS=,; echo "\${COMPREPLY[*]}$options"
}
`;

(has('bash') ? describe : describe.skip)('bash', () => {
  test.each(['kubectl', 'kubetick'])('completes %s', (program) => {
    const said = shell(
      'bash',
      ['--noprofile', '--norc', '-c'],
      `source <(${program} completion bash); FUNCTION=__start_${program}; ${BASH_ASK}
      complete -p ${program}
      ask '${program} get no' ${program} get no
      ask '${program} get nodes ' ${program} get nodes ''
      ask '${program} get --output=js' ${program} get --output = js
      ask '${program} get -o ' ${program} get -o ''
      ask '${program} rollout re' ${program} rollout re
      TYPE=37 ask '${program} rollout re' ${program} rollout re
      ask '${program} get nodes/' ${program} get nodes/
      ask '${program} get nodes/node-1 no' ${program} get nodes/node-1 no
      ask '${program} apply -f ' ${program} apply -f ''
      ask '${program} apply -f a' ${program} apply -f a
      ask '${program} nosuch ' ${program} nosuch ''`,
    );
    expect(said.split('\n')).toEqual([
      `complete -o default -F __start_${program} ${program}`,
      'nodes,nodes.metrics.k8s.io +o default',
      'node-1,node-2,node-3 +o default',
      'json,jsonpath,jsonpath-as-json,jsonpath-file +o default',
      'json,yaml,kyaml,name,go-template,go-template-file,template,templatefile,jsonpath,jsonpath-as-json,jsonpath-file,custom-columns,custom-columns-file,wide +o default',
      'restart  (Restart a resource),resume   (Resume a paused resource) +o default',
      'restart,resume +o default',
      'nodes/node-1,nodes/node-2,nodes/node-3 +o default',
      'nodes/,nodes.metrics.k8s.io/ -o nospace +o default',
      'folder,b.json,a.yaml -o filenames',
      'a.yaml -o filenames',
      '',
      '',
    ]);
  });

  test('takes words for what they mean, and runs nothing for it', () => {
    const said = shell(
      'bash',
      ['--noprofile', '--norc', '-c'],
      `source <(kubectl completion bash); FUNCTION=__start_kubectl; ${BASH_ASK}
      alias k=kubectl; N=kube-system
      ask 'k get no' k get no
      ask "~/bin/kubectl get no" '~/bin/kubectl' get no
      ask 'kubectl get sa -n $N d' kubectl get sa -n '$N' d
      ask 'kubectl get nodes "node-1" ' kubectl get nodes '"node-1"' ''
      ask "kubectl get 'no" kubectl get "'no"
      ask 'kubectl get svc   kubern' kubectl get svc kubern
      ask 'kubectl get $(touch pwned) no' kubectl get '$(touch pwned)' no
      ls`,
    );
    expect(said.split('\n')).toEqual([
      'nodes,nodes.metrics.k8s.io +o default',
      'nodes,nodes.metrics.k8s.io +o default',
      'default +o default',
      'node-2,node-3 +o default',
      'nodes,nodes.metrics.k8s.io +o default',
      'kubernetes +o default',
      ' +o default',
      ...['a.txt', 'a.yaml', 'b.json', 'folder', ''],
    ]);
  });

  test('behind a colon, where bash cuts, it gives the rest alone', () => {
    const said = shell(
      'bash',
      ['--noprofile', '--norc', '-c'],
      `source <(kubectl completion bash); FUNCTION=__start_kubectl; ${BASH_ASK}
      kubectl create clusterrole one:two --verb=get --resource=pods >/dev/null
      ask 'kubectl get clusterrole one:t' kubectl get clusterrole one : t
      COMP_WORDBREAKS=' '
      ask 'kubectl get clusterrole one:t' kubectl get clusterrole one:t
      ask 'kubectl get --output=y' kubectl get --output=y`,
    );
    expect(said.split('\n')).toEqual(['two +o default', 'one:two +o default', '--output=yaml +o default', '']);
  });
});

/** The parts of zsh's completion system that the script calls, as something that prints. */
const ZSH_ASK = `
compdef() { print "compdef $*"; }
_describe() { local -a all=("\${(@P)4}"); print -r -- "\${(j:,:)all} \${@[5,-1]}"; }
_files() { print -r -- "files $*"; }
compset() { PREFIX=\${PREFIX#*=}; }
ask() { local -a words=("$@"); local CURRENT=$# PREFIX=\${@[-1]}; "$FUNCTION" || print none; }
`;

(has('zsh') ? describe : describe.skip)('zsh', () => {
  test.each(['kubectl', 'kubetick'])('completes %s', (program) => {
    const said = shell(
      'zsh',
      ['-f', '-c'],
      `${ZSH_ASK} source <(${program} completion zsh); FUNCTION=_${program}
      ask ${program} get no
      ask ${program} get nodes ''
      ask ${program} get nodes "'node-1'" ''
      ask ${program} get --output=ya
      ask ${program} rollout re
      ask ${program} get nodes/node-1 no
      ask ${program} apply -f ''
      ask ${program} nosuch ''
      ask ${program} get nodes nosuch`,
    );
    expect(said.split('\n').map((line) => line.trimEnd())).toEqual([
      `compdef _${program} ${program}`,
      'nodes,nodes.metrics.k8s.io',
      'node-1,node-2,node-3',
      'node-2,node-3',
      'yaml',
      'restart:Restart a resource,resume:Resume a paused resource',
      'nodes/,nodes.metrics.k8s.io/ -S',
      'files -g *.(json|yaml|yml)',
      'files',
      'none',
      '',
    ]);
  });
});

(has('fish') ? describe : describe.skip)('fish', () => {
  test.each(['kubectl', 'kubetick'])('completes %s', (program) => {
    const said = shell(
      'fish',
      ['--no-config', '-c'],
      `${program} completion fish | source
      for line in 'get no' 'get nodes ' 'get nodes "node-1" ' 'get --output=ya' 'rollout re' 'apply -f ' 'get nodes nosuch'
        echo (complete -C "${program} $line" | string join ,)
      end`,
    );
    expect(said.split('\n')).toEqual([
      'nodes,nodes.metrics.k8s.io',
      'node-1,node-2,node-3',
      'node-2,node-3',
      '--output=yaml',
      'restart\tRestart a resource,resume\tResume a paused resource',
      'a.yaml,b.json,folder/',
      '',
      '',
    ]);
  });
});

test('PowerShell is told of the program by its name', () => {
  const said = spawnSync(join(home, 'bin/kubectl'), ['completion', 'powershell'], { encoding: 'utf8' });
  expect(said.stdout).toContain("-CommandName 'kubectl'");
  expect(said.stdout).not.toMatch(/PROGRAM|\$\\/);
});

if (!has('zsh')) console.warn('the script for zsh is not run: this machine has no zsh');
if (!has('fish')) console.warn('the script for fish is not run: this machine has no fish');
