/** What `cp` may copy from: `NAMESPACE/`, `NAMESPACE/POD:`, `POD:`, and files here (kubectl pkg/cmd/cp/cp.go). */
import { readdirSync } from 'node:fs';
import { begun, type Candidates, type Wanted } from './candidates';
import { Directive } from './declared';
import { namesOf } from './live-names';

export async function fileSpecs({ args, typed, invocation }: Wanted): Promise<Candidates> {
  const candidates = args.length > 0 ? [] : await first(typed, invocation);
  return { candidates, directive: Directive.NoSpace };
}

async function first(typed: string, invocation: Wanted['invocation']): Promise<string[]> {
  if (/^[/.~]/.test(typed) || typed.includes(':')) return [];
  const slash = typed.indexOf('/');
  if (slash > 0) {
    const namespace = typed.slice(0, slash);
    const pods = await namesOf(invocation, 'pod', namespace);
    return begun(
      pods.map((pod) => `${namespace}/${pod}:`),
      typed,
    );
  }
  const candidates = [
    ...begun(await namesOf(invocation, 'namespace'), typed).map((namespace) => `${namespace}/`),
    ...begun(await namesOf(invocation, 'pod'), typed).map((pod) => `${pod}:`),
  ];
  if (typed === '') return [...candidates, './', '/'];
  return candidates.length > 0 ? [...candidates, ...filesHere(typed, invocation.cwd)] : [];
}

function filesHere(typed: string, cwd: string): string[] {
  try {
    return readdirSync(cwd, { withFileTypes: true })
      .filter(({ name }) => name.startsWith(typed))
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
      .sort();
  } catch {
    return [];
  }
}
