/** `config set-credentials` (kubectl pkg/cmd/config/set_credentials.go). */
import { isObject } from '../../apimachinery/json';
import { type Command, CommandError, type Flags, HelpError, type Invocation } from '../command';
import { messageOf } from '../errors';
import { type Changes, parsePairs } from '../key-value-arguments';
import { embedOrName, requireFileToEmbed } from './embedded-file';

const FILES = ['client-certificate', 'client-key'] as const;
const MODES = ['IfAvailable', 'Always', 'Never'];

type User = Record<string, unknown>;

const command: Command = {
  use: 'set-credentials NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] [--token=bearer_token] [--username=basic_user] [--password=basic_password] [--auth-provider=provider_name] [--auth-provider-arg=key=value] [--exec-command=exec_command] [--exec-api-version=exec_api_version] [--exec-arg=arg] [--exec-env=key=value]',
  short: 'Set a user entry in kubeconfig',
  long: `Make a user, or change what is given of one that is there.

A token and a name with password exclude each other: setting one takes the other away.`,
  examples: `# A token for the user deployer
kubectl config set-credentials deployer --token=bearer_token

# A certificate and its key, inside the kubeconfig
kubectl config set-credentials deployer --client-certificate=me.crt --client-key=me.key --embed-certs

# A program that gives credentials when they are needed
kubectl config set-credentials deployer --exec-command=get-token --exec-api-version=client.authentication.k8s.io/v1 --exec-arg=--cluster=a`,
  flags: [
    { name: 'auth-provider', type: 'string', usage: 'Auth provider for the user entry in kubeconfig' },
    { name: 'auth-provider-arg', type: 'stringSlice', usage: "'key=value' arguments for the auth provider" },
    {
      name: 'client-certificate',
      type: 'string',
      usage: 'Path to client-certificate file for the user entry in kubeconfig',
    },
    { name: 'client-key', type: 'string', usage: 'Path to client-key file for the user entry in kubeconfig' },
    { name: 'embed-certs', type: 'bool', usage: 'Embed client cert/key for the user entry in kubeconfig' },
    {
      name: 'exec-api-version',
      type: 'string',
      usage: 'API version of the exec credential plugin for the user entry in kubeconfig',
    },
    {
      name: 'exec-arg',
      type: 'stringSlice',
      usage: 'New arguments for the exec credential plugin command for the user entry in kubeconfig',
    },
    {
      name: 'exec-command',
      type: 'string',
      usage: 'Command for the exec credential plugin for the user entry in kubeconfig',
    },
    {
      name: 'exec-env',
      type: 'stringArray',
      usage: "'key=value' environment values for the exec credential plugin",
    },
    {
      name: 'exec-interactive-mode',
      type: 'string',
      usage: 'InteractiveMode of the exec credentials plugin for the user entry in kubeconfig',
    },
    {
      name: 'exec-provide-cluster-info',
      type: 'bool',
      usage: 'ProvideClusterInfo of the exec credentials plugin for the user entry in kubeconfig',
    },
    { name: 'password', type: 'string', usage: 'password for the user entry in kubeconfig' },
    { name: 'token', type: 'string', usage: 'token for the user entry in kubeconfig' },
    { name: 'username', type: 'string', usage: 'username for the user entry in kubeconfig' },
  ],
  async run(invocation) {
    const { args, flags, streams } = invocation;
    const [name] = args;
    if (args.length !== 1 || name === undefined) throw new HelpError(`unexpected args: [${args.join(' ')}]`);
    const providerArguments = changesOf(flags, 'auth-provider-arg');
    const variables = changesOf(flags, 'exec-env');
    await validate(invocation, name);
    const { kubeconfig } = await invocation.files();
    const config = await kubeconfig.load();
    const there = config.users.find((each) => each.name === name);
    const user: User = { ...there?.user };
    for (const field of FILES) {
      if (!flags.changed(field)) continue;
      const place = { embed: flags.bool('embed-certs'), cwd: invocation.cwd, kubeconfig: kubeconfig.path };
      await embedOrName(user, field, flags.string(field), place);
    }
    setSecrets(user, flags);
    setProvider(user, flags, providerArguments);
    setPlugin(user, flags, variables);
    const changed = { name, user };
    const users = there ? config.users.map((each) => (each === there ? changed : each)) : [...config.users, changed];
    await kubeconfig.save({ ...config, users });
    streams.out(`User ${JSON.stringify(name)} set.\n`);
  },
};

export default command;

function changesOf(flags: Flags, flag: string): Changes | undefined {
  const pairs = flags.strings(flag);
  try {
    return pairs.length > 0 ? parsePairs(pairs, flag, true) : undefined;
  } catch (error) {
    throw new HelpError(messageOf(error));
  }
}

async function validate({ flags, cwd }: Invocation, name: string): Promise<void> {
  if (name === '') throw new CommandError('you must specify a non-empty user name');
  if (flags.string('token') && (flags.string('username') || flags.string('password'))) {
    throw new CommandError(
      'you cannot specify more than one authentication method at the same time: --token, --username/--password',
    );
  }
  if (flags.bool('embed-certs')) {
    if (!FILES.some((field) => flags.string(field))) {
      throw new CommandError('you must specify a --client-certificate or --client-key to embed');
    }
    for (const field of FILES) {
      if (flags.string(field)) await requireFileToEmbed(field, flags.string(field), cwd);
    }
  }
  if (flags.changed('exec-interactive-mode') && !MODES.includes(flags.string('exec-interactive-mode'))) {
    throw new CommandError('invalid interactive mode type, can be only IfAvailable, Never, Always');
  }
}

/** Setting one way to authenticate takes the other away. */
function setSecrets(user: User, flags: Flags): void {
  for (const field of ['token', 'username', 'password']) {
    if (flags.changed(field)) user[field] = flags.string(field);
  }
  const setsToken = flags.string('token') !== '';
  const setsBasic = flags.string('username') !== '' || flags.string('password') !== '';
  if (setsBasic && !setsToken) delete user['token'];
  if (setsToken && !setsBasic) {
    delete user['username'];
    delete user['password'];
  }
}

function setProvider(user: User, flags: Flags, changes: Changes | undefined): void {
  const there = isObject(user['auth-provider'] as never) ? (user['auth-provider'] as User) : undefined;
  const name = flags.changed('auth-provider') ? flags.string('auth-provider') : there?.['name'];
  if (name === undefined) return;
  const config = new Map(there?.['name'] === name ? Object.entries(there['config'] ?? {}) : []);
  for (const key of changes?.remove ?? []) config.delete(key);
  for (const [key, value] of changes?.set ?? []) config.set(key, value);
  user['auth-provider'] = { name, config: Object.fromEntries([...config].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/** What is said of a plugin counts only where there is one, or where --exec-command makes one. */
function setPlugin(user: User, flags: Flags, changes: Changes | undefined): void {
  const there = isObject(user['exec'] as never) ? (user['exec'] as User) : undefined;
  if (!there && !flags.changed('exec-command')) return;
  const exec: User = { command: '', args: null, env: null, provideClusterInfo: false, ...there };
  if (flags.changed('exec-command')) {
    exec['command'] = flags.string('exec-command');
    exec['args'] = null;
  }
  if (flags.changed('exec-api-version')) exec['apiVersion'] = flags.string('exec-api-version');
  if (flags.strings('exec-arg').length > 0) exec['args'] = flags.strings('exec-arg');
  if (flags.changed('exec-interactive-mode')) exec['interactiveMode'] = flags.string('exec-interactive-mode');
  if (flags.changed('exec-provide-cluster-info')) exec['provideClusterInfo'] = flags.bool('exec-provide-cluster-info');
  if (changes) {
    const variables = new Map(((exec['env'] ?? []) as { name: string; value: string }[]).map((v) => [v.name, v.value]));
    for (const variable of changes.remove) variables.delete(variable);
    for (const [variable, value] of changes.set) variables.set(variable, value);
    exec['env'] = [...variables].map(([variable, value]) => ({ name: variable, value }));
  }
  user['exec'] = exec;
}
