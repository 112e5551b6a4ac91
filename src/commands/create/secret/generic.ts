/** `create secret generic` (kubectl pkg/cmd/create/create_secret.go). */
import { CommandError } from '../../command';
import { generatorCommand } from '../generate';
import { KeyedData } from '../keyed-data';
import { appendHashFlag, secretObject } from './secret-object';

export default generatorCommand(
  {
    use: 'generic NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
    short: 'Create a secret from a local file, directory, or literal value',
    long: `Make a secret from files, folders, literal values, or an env file.

A file's name is its key and its content the value, unless a key is given. Of a folder, each file whose name can be a key is taken.`,
    examples: `# From the files of a folder
kubectl create secret generic settings --from-file=path/to/folder

# With keys of your own
kubectl create secret generic keys --from-file=ssh-privatekey=path/to/id_rsa --from-file=ssh-publickey=path/to/id_rsa.pub

# From values on the command line
kubectl create secret generic settings --from-literal=user=ann --from-literal=password=hunter2

# From the lines of env files
kubectl create secret generic settings --from-env-file=path/to/a.env --from-env-file=path/to/b.env`,
    flags: [
      {
        name: 'from-file',
        type: 'stringSlice',
        usage:
          'Key files can be specified using their file path, in which case a default name will be given to them, or optionally with a name and file path, in which case the given name will be used.  Specifying a directory will iterate each named file in the directory that is a valid secret key.',
      },
      {
        name: 'from-literal',
        type: 'stringArray',
        usage: 'Specify a key and literal value to insert in secret (i.e. mykey=somevalue)',
      },
      {
        name: 'from-env-file',
        type: 'stringSlice',
        usage: 'Specify the path to a file to read lines of key=val pairs to create a secret.',
      },
      { name: 'type', type: 'string', usage: 'The type of secret to create' },
      appendHashFlag,
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
    const { values } = await readAll(new KeyedData('Secret', name, invocation), { literals, files, envFiles });
    return secretObject({
      name,
      namespace,
      type: flags.string('type'),
      values,
      appendHash: flags.bool('append-hash'),
    });
  },
);

async function readAll(
  keyed: KeyedData,
  { literals, files, envFiles }: Record<'literals' | 'files' | 'envFiles', readonly string[]>,
): Promise<KeyedData> {
  for (const source of literals) keyed.addLiteral(source);
  for (const source of files) await keyed.addFile(source);
  for (const source of envFiles) await keyed.addEnvFile(source);
  return keyed;
}
