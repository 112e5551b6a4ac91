/** `api-resources`: what the server serves. */
import { compareStrings } from '../apimachinery/json-text';
import { formatGroupResource, formatGroupVersion } from '../apimachinery/meta';
import type { RestMapper } from '../client/rest-mapper';
import type { ResourceInfo } from '../schema/schema';
import { type Command, CommandError, type Flags, UsageError } from './command';

const FORMATS = ['json', 'yaml', 'kyaml', 'name', 'wide'];

const command: Command = {
  use: 'api-resources [flags]',
  short: 'Print the supported API resources on the server',
  long: 'Print the supported API resources on the server.',
  examples: `# The resources that are served
kubectl api-resources

# With verbs and categories
kubectl api-resources -o wide

# In order of a column
kubectl api-resources --sort-by=name

# Those that live in namespaces
kubectl api-resources --namespaced=true

# Those that don't
kubectl api-resources --namespaced=false

# Those of one group
kubectl api-resources --api-group=rbac.authorization.k8s.io`,
  flags: [
    { name: 'api-group', type: 'string', usage: 'Limit to resources in the specified API group.' },
    { name: 'cached', type: 'bool', usage: 'Use the cached list of resources if available.' },
    {
      name: 'categories',
      type: 'stringSlice',
      usage: 'Limit to resources that belong to the specified categories.',
    },
    {
      name: 'namespaced',
      type: 'bool',
      default: true,
      usage:
        'If false, non-namespaced resources will be returned, otherwise returning namespaced resources by default.',
    },
    {
      name: 'no-headers',
      type: 'bool',
      usage: "When using the default or custom-column output format, don't print headers (default print headers).",
    },
    { name: 'output', shorthand: 'o', type: 'string', usage: `Output format. One of: (${FORMATS.join(', ')}).` },
    {
      name: 'show-managed-fields',
      type: 'bool',
      usage: 'If true, keep the managedFields when printing objects in JSON or YAML format.',
    },
    {
      name: 'sort-by',
      type: 'string',
      usage: "If non-empty, sort list of resources using specified field. The field can be either 'name' or 'kind'.",
    },
    { name: 'verbs', type: 'stringSlice', usage: 'Limit to resources that support the specified verbs.' },
  ],
  async run(invocation) {
    const { args, flags, streams } = invocation;
    if (args.length > 0) throw new UsageError(`unexpected arguments: [${args.join(' ')}]`);
    const output = flags.string('output');
    if (output !== '' && !FORMATS.includes(output)) {
      const allowed = [...FORMATS].sort().join(',');
      throw new CommandError(
        `unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: ${allowed}`,
      );
    }
    const sortBy = flags.string('sort-by');
    if (!['', 'name', 'kind'].includes(sortBy)) throw new CommandError('--sort-by accepts only name or kind');
    const resources = preferred((await invocation.mapper()).all())
      .filter((resource) => isWanted(resource, flags))
      .sort((a, b) => compareStrings(sortKey(a, sortBy), sortKey(b, sortBy)) || compareStrings(a.plural, b.plural));
    if (output === '' || output === 'wide') {
      streams.out(await table(resources, output === 'wide', !flags.bool('no-headers')));
    } else if (output === 'name') {
      for (const { group, plural } of resources) streams.out(`${formatGroupResource({ group, resource: plural })}\n`);
    } else streams.out(await document(resources, output));
  },
};

export default command;

/** The names of what is served with these verbs, as `-o name` has them and in its order. */
export function namesOfServed(mapper: RestMapper, verbs: readonly string[]): string[] {
  return preferred(mapper.all())
    .filter((resource) => verbs.every((verb) => resource.verbs.includes(verb)))
    .sort((a, b) => compareStrings(a.group, b.group) || compareStrings(a.plural, b.plural))
    .map(({ group, plural }) => formatGroupResource({ group, resource: plural }));
}

/** Each resource in the version of its group that comes first (ServerPreferredResources). */
function preferred(resources: readonly ResourceInfo[]): ResourceInfo[] {
  const seen = new Set<string>();
  return resources.filter((resource) => {
    const name = `${resource.plural}.${resource.group}`;
    return resource.verbs.length > 0 && !seen.has(name) && seen.add(name);
  });
}

function isWanted(resource: ResourceInfo, flags: Flags): boolean {
  if (flags.changed('api-group') && flags.string('api-group') !== resource.group) return false;
  if (flags.changed('namespaced') && flags.bool('namespaced') !== resource.namespaced) return false;
  return (
    flags.strings('verbs').every((verb) => resource.verbs.includes(verb)) &&
    flags.strings('categories').every((category) => resource.categories.includes(category))
  );
}

function sortKey(resource: ResourceInfo, by: string): string {
  return by === 'name' ? resource.plural : by === 'kind' ? resource.kind : resource.group;
}

async function table(resources: readonly ResourceInfo[], wide: boolean, headers: boolean): Promise<string> {
  const { newGetTabWriter } = await import('../printers/tabwriter');
  const writer = newGetTabWriter();
  const names = ['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND', ...(wide ? ['VERBS', 'CATEGORIES'] : [])];
  if (headers) writer.write(`${names.join('\t')}\n`);
  for (const resource of resources) {
    const cells = [
      resource.plural,
      resource.shortNames.join(','),
      formatGroupVersion(resource),
      resource.namespaced,
      resource.kind,
      ...(wide ? [resource.verbs.join(','), resource.categories.join(',')] : []),
    ];
    writer.write(`${cells.join('\t')}\n`);
  }
  return writer.flush();
}

/** An APIResourceList of all of them, its members in the order of their declaration. */
async function document(resources: readonly ResourceInfo[], output: string): Promise<string> {
  const list = {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: '',
    resources: resources.map(
      ({ plural, singular, namespaced, group, version, kind, verbs, shortNames, categories }) => ({
        name: plural,
        singularName: singular,
        namespaced,
        ...(group ? { group } : {}),
        version,
        kind,
        verbs: [...verbs],
        ...(shortNames.length > 0 ? { shortNames: [...shortNames] } : {}),
        ...(categories.length > 0 ? { categories: [...categories] } : {}),
      }),
    ),
  };
  if (output === 'json') return `${JSON.stringify(list, null, 4)}\n`;
  if (output === 'yaml') return (await import('../yaml/write')).toYaml(list);
  const { createPrinter } = await import('../printers/printer');
  return (await createPrinter(output)).print(list as never);
}
