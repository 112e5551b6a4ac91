/** `config set` and `config unset`: one value by its path (kubectl pkg/cmd/config/set.go, navigation_step_parser.go). */
import { isObject, type Json, type JsonObject, setKey } from '../../apimachinery/json';
import { type Command, CommandError, HelpError } from '../command';
import type { Kubeconfig } from '../kubeconfig/kubeconfig';

export const set: Command = {
  use: 'set PROPERTY_NAME PROPERTY_VALUE',
  short: 'Set an individual value in a kubeconfig file',
  long: `Write one value of a kubeconfig.

PROPERTY_NAME names it by the fields and names on the way to it, with dots between. PROPERTY_VALUE is what it shall be; fields of bytes such as 'certificate-authority-data' take base64, unless --set-raw-bytes is given.`,
  examples: `# The namespace of the context kubetick
kubectl config set contexts.kubetick.namespace team

# The context in use
kubectl config set current-context kubetick`,
  flags: [
    {
      name: 'set-raw-bytes',
      type: 'bool',
      usage: 'When writing a []byte PROPERTY_VALUE, write the given string directly without base64 decoding.',
    },
  ],
  async run(invocation) {
    const { args, flags, streams } = invocation;
    const [property, value] = args;
    if (args.length !== 2 || property === undefined || value === undefined) {
      throw new HelpError(`Unexpected args: [${args.join(' ')}]`);
    }
    if (value === '') throw new CommandError('you cannot use set to unset a property');
    if (property === '') throw new CommandError('you must specify a property');
    const { kubeconfig } = await invocation.files();
    const config = await kubeconfig.load();
    await kubeconfig.save(changed(config, property, value, flags.bool('set-raw-bytes')));
    streams.out(`Property ${JSON.stringify(property)} set.\n`);
  },
};

export const unset: Command = {
  use: 'unset PROPERTY_NAME',
  short: 'Unset an individual value in a kubeconfig file',
  long: `Take one value out of a kubeconfig.

PROPERTY_NAME names it by the fields and names on the way to it, with dots between.`,
  examples: `# The namespace of the context kubetick
kubectl config unset contexts.kubetick.namespace`,
  async run(invocation) {
    const { args, streams } = invocation;
    const [property] = args;
    if (args.length !== 1 || property === undefined) throw new HelpError(`Unexpected args: [${args.join(' ')}]`);
    if (property === '') throw new CommandError('you must specify a property');
    const { kubeconfig } = await invocation.files();
    const config = await kubeconfig.load();
    await kubeconfig.save(changed(config, property, undefined, false));
    streams.out(`Property ${JSON.stringify(property)} unset.\n`);
  },
};

type FieldType = 'string' | 'bool' | 'bytes';

/** The fields that can be set, by list (client-go tools/clientcmd/api/types.go). */
const FIELDS: Record<string, { entry: 'cluster' | 'context' | 'user'; fields: Record<string, FieldType> }> = {
  clusters: {
    entry: 'cluster',
    fields: {
      server: 'string',
      'tls-server-name': 'string',
      'insecure-skip-tls-verify': 'bool',
      'certificate-authority': 'string',
      'certificate-authority-data': 'bytes',
      'proxy-url': 'string',
      'disable-compression': 'bool',
    },
  },
  contexts: { entry: 'context', fields: { cluster: 'string', user: 'string', namespace: 'string' } },
  users: {
    entry: 'user',
    fields: {
      'client-certificate': 'string',
      'client-certificate-data': 'bytes',
      'client-key': 'string',
      'client-key-data': 'bytes',
      token: 'string',
      tokenFile: 'string',
      as: 'string',
      'as-uid': 'string',
      username: 'string',
      password: 'string',
    },
  },
};

/** A copy with one value changed; undefined takes it out. */
function changed(config: Kubeconfig, property: string, value: string | undefined, rawBytes: boolean): Kubeconfig {
  const [head, ...rest] = property.split('.') as [string, ...string[]];
  if (head === 'current-context' && rest.length === 0) return { ...config, 'current-context': value ?? '' };
  const list = Object.hasOwn(FIELDS, head) ? FIELDS[head] : undefined;
  if (!list) throw new CommandError(`unable to parse ${property} after [] at api.Config`);
  if (rest.length === 0) {
    if (value !== undefined) throw new CommandError("can't set a map to a value: map[]");
    return { ...config, [head]: [] };
  }
  // Names may have dots: the field is the first part behind a name that is one.
  const at = rest.findIndex((part, i) => i > 0 && Object.hasOwn(list.fields, part));
  const name = (at < 0 ? rest : rest.slice(0, at)).join('.');
  const entries = config[head] as unknown as JsonObject[];
  if (at < 0) {
    if (value !== undefined) throw new CommandError("can't set a map to a value: map[]");
    return { ...config, [head]: entries.filter((entry) => entry.name !== name) };
  }
  if (rest.length > at + 1) throw new CommandError(`unable to parse one or more field values of ${property}`);
  const field = rest[at] as string;
  const there = entries.find((entry) => entry.name === name);
  if (!there && value === undefined) throw new CommandError(`current map key \`${name}\` is invalid`);
  const body: JsonObject = { ...(there && isObject(there[list.entry]) ? (there[list.entry] as JsonObject) : {}) };
  if (value === undefined) delete body[field];
  else setKey(body, field, parsed(value, list.fields[field] as FieldType, rawBytes));
  const entry: JsonObject = { name, [list.entry]: body };
  const next = there ? entries.map((each) => (each === there ? entry : each)) : [...entries, entry];
  return { ...config, [head]: next } as unknown as Kubeconfig;
}

function parsed(value: string, type: FieldType, rawBytes: boolean): Json {
  if (type === 'bool') {
    if (value !== 'true' && value !== 'false') {
      throw new CommandError(`strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
    }
    return value === 'true';
  }
  if (type === 'bytes' && rawBytes) return Buffer.from(value).toString('base64');
  if (type === 'bytes' && !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value)) {
    throw new CommandError('error decoding input value: illegal base64 data at input byte 0');
  }
  return value;
}
