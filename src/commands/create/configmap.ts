/** `create configmap` (kubectl pkg/cmd/create/create_configmap.go). */
import { type JsonObject, setKey } from '../../apimachinery/json';
import { compareStrings } from '../../apimachinery/json-text';
import { CommandError } from '../command';
import { generatorCommand } from './generate';
import { KeyedData } from './keyed-data';

export default generatorCommand(
  {
    use: 'configmap NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
    aliases: ['cm'],
    short: 'Create a config map from a local file, directory or literal value',
    long: `Make a config map from files, folders, literal values, or an env file.

A file's name is its key and its content the value, unless a key is given. Of a folder, each file whose name can be a key is taken.`,
    examples: `# From the files of a folder
kubectl create configmap settings --from-file=path/to/folder

# With keys of your own
kubectl create configmap settings --from-file=main=path/to/main.conf

# From values on the command line
kubectl create configmap settings --from-literal=colour=blue --from-literal=size=large

# From the lines of an env file
kubectl create configmap settings --from-env-file=path/to/settings.env`,
    flags: [
      { name: 'append-hash', type: 'bool', usage: 'Append a hash of the configmap to its name.' },
      {
        name: 'from-env-file',
        type: 'stringSlice',
        usage: 'Specify the path to a file to read lines of key=val pairs to create a configmap.',
      },
      {
        name: 'from-file',
        type: 'stringSlice',
        usage:
          'Key file can be specified using its file path, in which case file basename will be used as configmap key, or optionally with a key and file path, in which case the given key will be used.  Specifying a directory will iterate each named file in the directory whose basename is a valid configmap key.',
      },
      {
        name: 'from-literal',
        type: 'stringArray',
        usage: 'Specify a key and literal value to insert in configmap (i.e. mykey=somevalue)',
      },
    ],
  },
  async (invocation, name, namespace) => {
    const { flags } = invocation;
    const envFiles = flags.strings('from-env-file');
    const files = flags.strings('from-file');
    const literals = flags.strings('from-literal');
    if (name === '') throw new CommandError('name must be specified');
    if (envFiles.length > 0 && (files.length > 0 || literals.length > 0)) {
      throw new CommandError('from-env-file cannot be combined with from-file or from-literal');
    }
    const keyed = new KeyedData('ConfigMap', name, invocation);
    for (const source of files) await keyed.addFile(source);
    for (const source of literals) keyed.addLiteral(source);
    for (const source of envFiles) await keyed.addEnvFile(source);
    const data: Record<string, string> = {};
    const binaryData: Record<string, string> = {};
    for (const [key, value] of [...keyed.values].sort(([a], [b]) => compareStrings(a, b))) {
      if (typeof value === 'string') setKey(data, key, value);
      else setKey(binaryData, key, value.toString('base64'));
    }
    const hash = flags.bool('append-hash') ? `-${await configMapHash(name, data, binaryData)}` : '';
    return {
      namespaced: true,
      failure: 'failed to create configmap: ',
      object: {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { name: name + hash, ...(namespace ? { namespace } : {}) },
        ...(Object.keys(data).length > 0 ? { data } : {}),
        ...(Object.keys(binaryData).length > 0 ? { binaryData } : {}),
      },
    };
  },
);

async function configMapHash(
  name: string,
  data: Record<string, string>,
  binaryData: Record<string, string>,
): Promise<string> {
  const { contentHash } = await import('./content-hash');
  const value: JsonObject = { kind: 'ConfigMap', name, data };
  if (Object.keys(binaryData).length > 0) value.binaryData = binaryData;
  return contentHash(value);
}
