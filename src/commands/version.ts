/** `version`: which kubectl this behaves as, and what the server says of itself. */
import type { Json } from '../apimachinery/json';
import { type Command, CommandError } from './command';

/** The release whose flags, words and behaviour this program has. */
export const CLIENT_VERSION = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.3',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '',
  goVersion: '',
  compiler: '',
  platform: '',
} as const;

/** The kustomize that kubectl 1.36 carries. */
const KUSTOMIZE_VERSION = 'v5.8.1';

const command: Command = {
  use: 'version [flags]',
  short: 'Print the client and server version information',
  long: 'Tell which release of kubectl this program behaves as, and which release the server of the current context is.',
  examples:
    '# Both versions\nkubectl version\n\n# Only that of the program; no cluster is asked\nkubectl version --client',
  flags: [
    { name: 'client', type: 'bool', usage: 'If true, shows client version only (no server required).' },
    { name: 'output', shorthand: 'o', type: 'string', usage: "One of 'yaml' or 'json'." },
  ],
  async run(invocation) {
    const { flags, streams } = invocation;
    const output = flags.string('output');
    // Upstream looks at arguments only where it asks a server.
    if (invocation.args.length > 0 && !flags.bool('client'))
      throw new CommandError(`extra arguments: [${invocation.args.join(' ')}]`);
    if (!['', 'yaml', 'json'].includes(output)) throw new CommandError(`--output must be 'yaml' or 'json'`);
    const server = flags.bool('client')
      ? undefined
      : await (await invocation.client()).request<Json>({ method: 'GET', path: '/version' });
    if (output === '') {
      streams.out(`Client Version: ${CLIENT_VERSION.gitVersion}\nKustomize Version: ${KUSTOMIZE_VERSION}\n`);
      if (server) streams.out(`Server Version: ${(server as { gitVersion: string }).gitVersion}\n`);
      return;
    }
    const versions: Record<string, Json> = {
      clientVersion: { ...CLIENT_VERSION },
      kustomizeVersion: KUSTOMIZE_VERSION,
    };
    if (server) versions.serverVersion = server;
    if (output === 'json') {
      const { stringifyGo } = await import('../apimachinery/json-text');
      streams.out(`${stringifyGo(versions, { indent: '  ', sortKeys: false })}\n`);
    } else {
      const { toYaml } = await import('../yaml/write');
      streams.out(`${toYaml(versions)}\n`);
    }
  },
};

export default command;
