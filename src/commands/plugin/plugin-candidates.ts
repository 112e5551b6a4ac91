/** Completions of plugins: a program `kubectl_complete-foo` answers for `kubectl-foo` (kubectl pkg/cmd/plugin/plugin_completion.go). */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { Candidates, Wanted } from '../completion/candidates';
import { Directive } from '../completion/declared';
import { lookPath } from './look-path';
import { pluginPrefixes } from './names';

/** `plugin` is its name without what all begin with: `foo-bar`. */
export function pluginCandidates(plugin: string, { args, typed, invocation, log }: Wanted): Candidates {
  const { program, environment, cwd } = invocation;
  for (const prefix of pluginPrefixes(program)) {
    const name = `${prefix}_complete-${plugin}`;
    log.debug(`About to look for: ${name}`);
    const path = lookPath(name, environment, cwd);
    if (path === undefined) continue;
    log.debug(`About to call: ${path} ${[...args, typed].join(' ')}`);
    return ask(resolve(cwd, path), [...args, typed], invocation);
  }
  log.debug(`Plugin ${pluginPrefixes(program)[0]}-${plugin} does not provide a matching completion executable`);
  return { candidates: [], directive: Directive.Default };
}

/** Candidates are lines; the last may say what to do with them, `:4`. */
function ask(path: string, args: readonly string[], { environment, cwd }: Wanted['invocation']): Candidates {
  const ran = spawnSync(path, args, { cwd, env: environment, encoding: 'utf8', stdio: ['inherit', 'pipe', 'inherit'] });
  if (ran.error || ran.status !== 0) return { candidates: [], directive: Directive.Default };
  const candidates = ran.stdout.split('\n').filter((line) => line !== '');
  const directive = /^:([+-]?\d+)$/.exec(candidates.at(-1) ?? '')?.[1];
  if (directive === undefined) return { candidates, directive: Directive.Default };
  return { candidates: candidates.slice(0, -1), directive: Number(directive) };
}
