/** `kuberc set` (kubectl pkg/cmd/kuberc/set.go). */
import { type Command, CommandError, type Flags, type Invocation } from '../command';
import { throwCollected } from '../errors';
import { kubercFlag, kubercOf, readPreference, savePreference } from './kuberc-file';
import { type AllowlistEntry, newPreference, type OptionDefault, type Preference } from './preference';

const command: Command = {
  use: 'set --section (defaults|aliases) --command COMMAND',
  short: 'Set values in the kuberc configuration',
  long: `Write into the kuberc. --section says what:

defaults: the values that flags of a command have when they are not given. --command names the command alone ("get", "set env"), without resources.

aliases: a name for a command, with flags and arguments of its own. --prependarg and --appendarg are arguments before and after those that are typed.

credentialplugin: which programs a kubeconfig may have run for credentials.`,
  examples: `# Tables of get are wide from now on
kubectl kuberc set --section defaults --command get --option output=wide

# A default of a command below another
kubectl kuberc set --section defaults --command "set env" --option output=yaml

# "kubectl getn" is "kubectl get nodes --output=wide"
kubectl kuberc set --section aliases --name getn --command get --prependarg nodes --option output=wide

# "kubectl runx web" is "kubectl run --image=nginx web -- sleep"
kubectl kuberc set --section aliases --name runx --command run --option image=nginx --appendarg "--" --appendarg sleep

# Another default than the present one
kubectl kuberc set --section defaults --command get --option output=json --overwrite

# Only this program may hand out credentials
kubectl kuberc set --section credentialplugin --policy Allowlist --allowlist-entry command=cloud-credential-helper`,
  flags: [
    kubercFlag,
    {
      name: 'section',
      type: 'string',
      required: true,
      usage: "Section to modify: 'defaults', 'aliases', or 'credentialplugin'",
    },
    { name: 'command', type: 'string', usage: "Command to configure (e.g., 'get', 'create', 'set env')" },
    { name: 'name', type: 'string', usage: 'Alias name (required for --section=aliases)' },
    {
      name: 'policy',
      type: 'string',
      usage: "Plugin policy to use for exec credential plugins, must be one of 'AllowAll', 'DenyAll' or 'Allowlist'",
    },
    {
      name: 'option',
      type: 'stringArray',
      usage: 'Flag option in the form flag=value (can be specified multiple times)',
    },
    {
      name: 'prependarg',
      type: 'stringArray',
      usage: 'Argument to prepend to the command (can be specified multiple times, for aliases only)',
    },
    {
      name: 'appendarg',
      type: 'stringArray',
      usage: 'Argument to append to the command (can be specified multiple times, for aliases only)',
    },
    {
      name: 'allowlist-entry',
      type: 'stringArray',
      usage: 'Allowlist entry the form field=value (can be specified multiple times)',
    },
    { name: 'overwrite', type: 'bool', usage: 'Allow overwriting existing entries' },
  ],
  async run(invocation: Invocation) {
    const { flags } = invocation;
    const file = kubercOf(invocation);
    validate(flags);
    const preference = readPreference(file, invocation) ?? newPreference();
    const options = parseOptions(flags.strings('option'));
    const section = flags.string('section');
    if (section === 'defaults') setDefaults(preference, options, flags);
    else if (section === 'aliases') setAlias(preference, options, flags);
    else setCredentialPlugin(preference, flags);
    savePreference(preference, file, invocation);
  },
};

export default command;

/** SetOptions.Validate */
function validate(flags: Flags): void {
  const refuse = (when: boolean, message: string) => {
    if (when) throw new CommandError(message);
  };
  const section = flags.string('section');
  refuse(
    !['defaults', 'aliases', 'credentialplugin'].includes(section),
    `--section must be "defaults", "aliases", or "credentialplugin", got: ${section}`,
  );
  const name = flags.string('name');
  refuse(section === 'aliases' && name === '', '--name is required when --section=aliases');
  refuse(section === 'defaults' && name !== '', '--name should not be specified when --section=defaults');
  const hasArguments = flags.strings('prependarg').length > 0 || flags.strings('appendarg').length > 0;
  refuse(section === 'defaults' && hasArguments, '--prependarg and --appendarg are only valid for --section=aliases');
  if (section !== 'credentialplugin') {
    refuse(flags.string('command') === '', '--command is required when --section=aliases or --section=defaults');
    return;
  }
  const policy = flags.string('policy');
  const entries = flags.strings('allowlist-entry').length;
  refuse(policy === '', '--policy is required when --section=credentialplugin');
  refuse(
    !['AllowAll', 'DenyAll', 'Allowlist'].includes(policy),
    ` --policy must be  "AllowAll", "DenyAll", or "Allowlist", got: ${policy}`,
  );
  refuse(
    policy !== 'Allowlist' && entries > 0,
    '--allowlist-entry may only be used when --section=credentialplugin and --policy=Allowlist',
  );
  refuse(
    policy === 'Allowlist' && entries === 0,
    '--allowlist-entry is required when --section=credentialplugin and --policy=Allowlist',
  );
}

function parseOptions(options: readonly string[]): OptionDefault[] {
  return options.map((option) => {
    const at = option.indexOf('=');
    if (at < 0) throw new CommandError(`invalid option format ${JSON.stringify(option)}, expected flag=value`);
    return { name: option.slice(0, at).replace(/^-+/, ''), default: option.slice(at + 1) };
  });
}

/** What is not given stays as it was. */
function setDefaults(preference: Preference, options: OptionDefault[], flags: Flags): void {
  const command = flags.string('command');
  const there = preference.defaults?.find((each) => each.command === command);
  if (!there) {
    preference.defaults = [...(preference.defaults ?? []), { command, ...(options.length > 0 ? { options } : {}) }];
    return;
  }
  if (!flags.bool('overwrite')) {
    throw new CommandError(`defaults for command ${JSON.stringify(command)} already exist, use --overwrite to replace`);
  }
  if (options.length > 0) there.options = options;
}

function setAlias(preference: Preference, options: OptionDefault[], flags: Flags): void {
  const name = flags.string('name');
  const there = preference.aliases?.find((each) => each.name === name);
  if (there && !flags.bool('overwrite')) {
    throw new CommandError(`alias ${JSON.stringify(name)} already exists, use --overwrite to replace`);
  }
  const given = {
    command: flags.string('command'),
    ...(flags.strings('prependarg').length > 0 ? { prependArgs: flags.strings('prependarg') } : {}),
    ...(flags.strings('appendarg').length > 0 ? { appendArgs: flags.strings('appendarg') } : {}),
    ...(options.length > 0 ? { options } : {}),
  };
  if (there) Object.assign(there, given);
  else preference.aliases = [...(preference.aliases ?? []), { name, ...given }];
}

function setCredentialPlugin(preference: Preference, flags: Flags): void {
  const policy = flags.string('policy');
  if (policy === 'Allowlist') preference.credentialPluginAllowlist = parseEntries(flags.strings('allowlist-entry'));
  preference.credentialPluginPolicy = policy;
}

function parseEntries(given: readonly string[]): AllowlistEntry[] {
  const errors: Error[] = [];
  const entries: AllowlistEntry[] = [];
  for (const pair of given.flatMap((each) => each.split(','))) {
    const at = pair.indexOf('=');
    const [field, value] = [pair.slice(0, at), pair.slice(at + 1)];
    const quoted = JSON.stringify(field);
    if (at < 0) errors.push(new CommandError(`improperly formatted allowlist entry: ${JSON.stringify(pair)}`));
    else if (field === 'name') {
      errors.push(new CommandError(`allowlist entry field ${quoted} is deprecated, use "command" instead`));
    } else if (field !== 'command') {
      errors.push(new CommandError(`unrecognized allowlist entry field: ${quoted}`));
    } else if (value.trim() === '') {
      errors.push(new CommandError(`empty value in allowlist entry for field ${quoted}`));
    } else entries.push({ command: value });
  }
  throwCollected(errors);
  return entries;
}
