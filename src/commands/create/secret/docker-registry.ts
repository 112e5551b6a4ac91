/** `create secret docker-registry` (kubectl pkg/cmd/create/create_secret_docker.go). */
import { stringifyGo } from '../../../apimachinery/json-text';
import { CommandError, type Flags } from '../../command';
import { generatorCommand } from '../generate';
import { KeyedData } from '../keyed-data';
import { appendHashFlag, secretObject } from './secret-object';

const KEY = '.dockerconfigjson';

export default generatorCommand(
  {
    use: 'docker-registry NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none]',
    short: 'Create a secret for use with a Docker registry',
    long: `Make a secret with which images can be pulled from a registry that asks who one is. Pods name it in imagePullSecrets.

What docker login has written can be taken over with --from-file.`,
    examples: `# From user and password
kubectl create secret docker-registry registry --docker-server=registry.example --docker-username=ann --docker-password=hunter2 --docker-email=ann@example.com

# From what docker login has written
kubectl create secret docker-registry registry --from-file=path/to/.docker/config.json`,
    flags: [
      { name: 'docker-username', type: 'string', usage: 'Username for Docker registry authentication' },
      { name: 'docker-password', type: 'string', usage: 'Password for Docker registry authentication' },
      { name: 'docker-email', type: 'string', usage: 'Email for Docker registry' },
      {
        name: 'docker-server',
        type: 'string',
        default: 'https://index.docker.io/v1/',
        usage: 'Server location for Docker registry',
      },
      appendHashFlag,
      {
        name: 'from-file',
        type: 'stringSlice',
        usage:
          'Key files can be specified using their file path, in which case a default name of .dockerconfigjson will be given to them, or optionally with a name and file path, in which case the given name will be used. Specifying a directory will iterate each named file in the directory that is a valid secret key. For this command, the key should always be .dockerconfigjson.',
      },
    ],
  },
  async (invocation, name, namespace) => {
    const { flags } = invocation;
    if (name === '') throw new CommandError('name must be specified');
    const files = flags.strings('from-file').map((source) => (source.includes('=') ? source : `${KEY}=${source}`));
    const complete = ['docker-username', 'docker-password', 'docker-server'].every((flag) => flags.string(flag) !== '');
    if (files.length === 0 && !complete) {
      throw new CommandError(
        'either --from-file or the combination of --docker-username, --docker-password and --docker-server is required',
      );
    }
    const keyed = new KeyedData('Secret', name, invocation);
    for (const source of files) await keyed.addFile(source);
    const values = files.length > 0 ? keyed.values : [[KEY, loginOf(flags)] as const];
    const type = 'kubernetes.io/dockerconfigjson';
    return secretObject({ name, namespace, type, values, appendHash: flags.bool('append-hash') });
  },
);

/** What docker login writes. */
function loginOf(flags: Flags): string {
  const username = flags.string('docker-username');
  const password = flags.string('docker-password');
  const email = flags.string('docker-email');
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  const login = { username, password, ...(email ? { email } : {}), auth };
  return stringifyGo({ auths: { [flags.string('docker-server')]: login } }, { sortKeys: false });
}
