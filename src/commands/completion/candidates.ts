/** What there is to offer for an argument or the value of a flag (kubectl pkg/util/completion/completion.go). */
import type { Invocation } from '../command';
import type { CompletionLog } from './completion-log';
import { type Completion, Directive } from './declared';
import { containersOf, namesOf, podNameOf, portsOf, servedTypes } from './live-names';

export interface Candidates {
  /** Each with a tab and a description where it has one. */
  candidates: string[];
  directive: number;
}

export interface Wanted {
  /** The arguments before. */
  args: readonly string[];
  /** The beginning of what is to be completed. */
  typed: string;
  invocation: Invocation;
  log: CompletionLog;
}

/** What can't be found out is not offered; nothing is said of it. */
export async function candidatesFor(completion: Completion, wanted: Wanted): Promise<Candidates> {
  const { args, typed, invocation } = wanted;
  switch (completion.offer) {
    case 'words':
      // They are all there is as a first argument; nothing is known of others.
      if (args.length > 0) return { candidates: [], directive: Directive.Default };
      return noFiles(completion.all ? [...completion.words] : begun(completion.words, typed));
    case 'files':
      return { candidates: [...completion.extensions], directive: Directive.FilterFileExt };
    case 'names':
      return noFiles(args.length > 0 ? [] : begun(await namesOf(invocation, completion.type), typed));
    case 'types-and-names':
      return typesAndNames(completion, wanted);
    case 'pods':
      if (args.length === 0) return pods(wanted);
      if (args.length > 1 || !completion.and) return noFiles([]);
      return noFiles(
        completion.and === 'containers'
          ? begun(await containersOf(invocation, await podNameOf(invocation, args[0] as string)), typed)
          : begun(await portsOf(invocation, args[0] as string, typed), typed),
      );
    case 'containers': {
      const [pod] = args;
      return noFiles(pod ? begun(await containersOf(invocation, await podNameOf(invocation, pod)), typed) : []);
    }
    case 'file-specs': {
      const { fileSpecs } = await import('./file-specs');
      return fileSpecs(wanted);
    }
    case 'contexts':
    case 'clusters':
    case 'users':
      return noFiles(args.length > 0 ? [] : begun(await kubeconfigNames(invocation, completion.offer), typed));
    case 'plugin': {
      const { pluginCandidates } = await import('../plugin/plugin-candidates');
      return pluginCandidates(completion.plugin, wanted);
    }
    default:
      return noFiles([]);
  }
}

export function begun(words: readonly string[], typed: string): string[] {
  return words.filter((word) => word.startsWith(typed));
}

function noFiles(candidates: string[]): Candidates {
  return { candidates, directive: Directive.NoFileComp };
}

/** Types, then names; or, behind a slash, names. */
async function typesAndNames(
  { types, once = false }: Extract<Completion, { offer: 'types-and-names' }>,
  { args, typed, invocation }: Wanted,
): Promise<Candidates> {
  const [first] = args;
  const slash = typed.indexOf('/');
  const given = new Set(args);
  if (first !== undefined && !first.includes('/')) {
    if (once && args.length > 1) return noFiles([]);
    const given = new Set(args.slice(1));
    return noFiles(begun(await namesOf(invocation, first), typed).filter((name) => !given.has(name)));
  }
  if (slash >= 0) {
    if (once && first !== undefined) return noFiles([]);
    const type = typed.slice(0, slash);
    const names = begun(await namesOf(invocation, type), typed.slice(slash + 1));
    return noFiles(names.map((name) => `${type}/${name}`).filter((name) => !given.has(name)));
  }
  if (first === undefined) return noFiles(await typesBegun(invocation, types, typed));
  // The first one is TYPE/NAME: so are the others.
  if (once) return noFiles([]);
  const candidates = (await typesBegun(invocation, types, typed)).map((type) => `${type}/`);
  return { candidates, directive: Directive.NoFileComp | Directive.NoSpace };
}

/** Of `pods,serv` the last is completed. */
async function typesBegun(
  invocation: Invocation,
  types: readonly string[] | undefined,
  typed: string,
): Promise<string[]> {
  if (types) return begun(types, typed);
  const last = typed.lastIndexOf(',') + 1;
  return begun(await servedTypes(invocation), typed.slice(last)).map((type) => typed.slice(0, last) + type);
}

/** Types whose objects have pods. */
const WITH_PODS = [
  'daemonsets',
  'deployments',
  'pods',
  'jobs',
  'replicasets',
  'replicationcontrollers',
  'services',
  'statefulsets',
];

/** Names of pods, and types for TYPE/NAME. */
async function pods({ typed, invocation }: Wanted): Promise<Candidates> {
  const slash = typed.indexOf('/');
  if (slash >= 0) {
    const type = typed.slice(0, slash);
    const names = begun(await namesOf(invocation, type), typed.slice(slash + 1));
    return noFiles(names.map((name) => `${type}/${name}`));
  }
  const names = begun(await namesOf(invocation, 'pod'), typed);
  const candidates = [...names, ...begun(WITH_PODS, typed).map((type) => `${type}/`)];
  const directive = Directive.NoFileComp | (names.length === 0 ? Directive.NoSpace : 0);
  return { candidates, directive };
}

async function kubeconfigNames(invocation: Invocation, list: 'contexts' | 'clusters' | 'users'): Promise<string[]> {
  try {
    const { kubeconfig } = await invocation.files();
    return (await kubeconfig.load())[list].map(({ name }) => name);
  } catch {
    return [];
  }
}
