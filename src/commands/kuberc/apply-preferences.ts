/** What a kuberc makes of a command line: aliases become commands, flags get other defaults (kubectl pkg/kuberc/kuberc.go). */
import type { Command } from '../command';
import { type FoundCommand, findCommand } from '../find-command';
import { flagsOf } from '../gates';
import { globalFlags } from '../global-flags';
import type { Surroundings } from '../invocation';
import { type Assignment, FlagError, indexFlags, parseFlags } from '../parse-flags';
import { locateKuberc, type Preferred } from './locate';
import { policyOf, validatePolicy } from './plugin-policy';
import { type Alias, loadPreference, type OptionDefault, type Preference, readKuberc } from './preference';

/** Ends the command with `error occurred while applying preferences …`, and nothing before it. */
export class PreferencesError extends Error {
  constructor(message: string) {
    super(`error occurred while applying preferences ${message}`);
    // As errors of servers that can't be reached it is told as it stands.
    this.name = 'UnreachableError';
  }
}

/** `flag` is the value of --kuberc, undefined without one. @throws PreferencesError */
export async function applyPreferences(
  argv: readonly string[],
  flag: string | undefined,
  surroundings: Surroundings,
): Promise<Preferred> {
  try {
    const preference = getPreference(argv, flag, surroundings);
    if (!preference) return { argv, aliases: new Map(), defaults: [] };
    validate(preference);
    const pluginPolicy = policyOf(preference);
    validatePolicy(pluginPolicy);
    return {
      ...(await new Application(preference, surroundings).apply(argv)),
      pluginPolicy: { pluginPolicy },
    };
  } catch (error) {
    throw new PreferencesError((error as Error).message);
  }
}

/** What the file says; what is wrong with a file that nobody named is only told (DefaultGetPreferences). */
function getPreference(argv: readonly string[], flag: string | undefined, surroundings: Surroundings) {
  const { streams, cwd } = surroundings;
  if (flag === '') throw new Error('kuberc file is not found');
  let file: ReturnType<typeof locateKuberc>;
  try {
    file = locateKuberc(flag ?? '', argv, surroundings);
  } catch (error) {
    throw new Error(`kuberc error ${(error as Error).message}`);
  }
  if (!file) return undefined;
  const { path, explicit } = file;
  try {
    const { preference, objections } = loadPreference(readKuberc(path, cwd), path);
    // Without a newline, as upstream has it.
    if (objections) streams.err(`kuberc: ignoring strict decoding error in ${path}: ${objections}`);
    return preference;
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    if (explicit) throw new Error(`kuberc error kuberc: ${message}`);
    if (code !== 'ENOENT') streams.err(`kuberc: no preferences loaded from ${path}: ${message}`);
    return undefined;
  }
}

function validate({ aliases = [], defaults = [] }: Preference): void {
  const validateFlags = (options: readonly OptionDefault[] = []) => {
    const dashed = options.find(({ name = '' }) => name.startsWith('-'));
    if (dashed) throw new Error(`flag name ${dashed.name} should be in long form without dashes`);
  };
  const seen = new Set<string>();
  for (const { name = '', options } of aliases) {
    if (!/^[a-zA-Z]+$/.test(name)) throw new Error('invalid alias name, can only include alphabetical characters');
    validateFlags(options);
    if (seen.has(name)) throw new Error(`duplicate alias name ${name}`);
    seen.add(name);
  }
  for (const { options } of defaults) validateFlags(options);
}

const isRequest = (word: string) => word.startsWith('__complete');

class Application {
  /** Aliases that were looked at: nothing may be overridden of them. */
  private readonly looked = new Set<string>();
  private readonly aliases = new Map<string, Command>();

  constructor(
    private readonly preference: Preference,
    private readonly surroundings: Surroundings,
  ) {}

  async apply(argv: readonly string[]): Promise<Preferred> {
    const aliased = await this.applyAlias(argv);
    const defaults = [...aliased.defaults, ...(await this.applyDefaults(aliased.argv))];
    return { argv: aliased.argv, aliases: this.aliases, defaults };
  }

  private find(argv: readonly string[]): Promise<FoundCommand> {
    return findCommand(argv, { environment: this.surroundings.environment, more: this.aliases });
  }

  /** Preferences.applyAliases */
  private async applyAlias(argv: readonly string[]): Promise<{ argv: readonly string[]; defaults: Assignment[] }> {
    const asItIs = { argv, defaults: [] };
    const { unknown, command } = await this.find(argv);
    const completing = command?.runRaw !== undefined;
    if (unknown === undefined && !completing) return asItIs;
    const at = argv.findIndex((word) => !word.startsWith('-') && !isRequest(word));
    const called = argv[at] ?? '';
    for (const alias of this.preference.aliases ?? []) {
      this.looked.add(alias.name);
      if (alias.name !== called) continue;
      if ((await this.find([called])).unknown === undefined) {
        this.surroundings.streams.err(
          `Warning: Setting alias ${JSON.stringify(called)} to a built-in command is not supported\n`,
        );
        return asItIs;
      }
      const defaults = await this.addAlias(alias, argv);
      const { prependArgs = [], appendArgs = [] } = alias;
      const words = [...argv.slice(0, at + 1), ...prependArgs, ...argv.slice(at + 1)];
      // What is being completed is the last word: nothing comes after it.
      return { argv: completing ? words : [...words, ...appendArgs], defaults };
    }
    return asItIs;
  }

  private async addAlias(alias: Alias, argv: readonly string[]): Promise<Assignment[]> {
    const words = fields(alias.command);
    const { command, rest, unknown } = await this.find(words);
    if (unknown !== undefined || !command) {
      throw new Error(
        `command ${JSON.stringify(alias.command ?? '')} not found to set alias ${JSON.stringify(alias.name)}: [${rest.join(' ')}]`,
      );
    }
    const use = command.use.replace(/^\S+/, alias.name);
    const { aliases: _, ...named } = command;
    this.aliases.set(alias.name, { ...named, use });
    const { program } = this.surroundings;
    return this.assignments(command, alias.options, argv, {
      invalid: (flag) => `invalid alias flag ${flag} in alias ${program}`,
      refused: (flag, value, why) => `could not apply value ${value} to flag ${flag} in alias ${program} err: ${why}`,
    });
  }

  /** Preferences.applyOverrides: by the last name of a command alone, as upstream has it. */
  private async applyDefaults(argv: readonly string[]): Promise<Assignment[]> {
    const called = await this.find(argv);
    if (called.unknown !== undefined || called.command?.runRaw) return [];
    const assignments: Assignment[] = [];
    for (const { command = '', options } of this.preference.defaults ?? []) {
      const meant = await this.find(fields(command));
      if (meant.unknown !== undefined) {
        this.surroundings.streams.err(`Warning: command ${JSON.stringify(command)} not found to set kuberc override\n`);
        continue;
      }
      if (meant.path.at(-1) !== called.path.at(-1)) continue;
      const name = called.path.at(-1) ?? '';
      if (this.looked.has(name)) throw new Error(`alias ${name} can not be overridden`);
      const found = await this.assignments(called.command, options, argv, {
        invalid: (flag) => `invalid flag ${flag} for command ${command}`,
        refused: (flag, value, why) =>
          `could not apply override value ${value} to flag ${flag} in command ${command} err: ${why}`,
      });
      assignments.push(...found);
    }
    return assignments;
  }

  /** Flags of `options` that the command line does not give itself. */
  private assignments(
    command: Command | undefined,
    options: readonly OptionDefault[] = [],
    argv: readonly string[],
    complaint: { invalid(flag: string): string; refused(flag: string, value: string, why: string): string },
  ): Assignment[] {
    const { environment } = this.surroundings;
    const declared = [...flagsOf(command, environment), ...flagsOf({ flags: globalFlags }, environment)];
    const { long } = indexFlags(declared);
    const assignments: Assignment[] = [];
    for (const { name = '', default: value = '' } of options) {
      const flag = long.get(name) ?? long.get(name.replaceAll('_', '-'));
      if (!flag) throw new Error(complaint.invalid(name));
      if (isGiven(flag.name, flag.shorthand, argv)) continue;
      try {
        parseFlags([], declared, [{ flag, value }]);
      } catch (error) {
        if (error instanceof FlagError) throw new Error(complaint.refused(name, value, error.message));
        throw error;
      }
      assignments.push({ flag, value });
    }
    return assignments;
  }
}

/** True where the command line gives the flag in some way; a letter within letters counts (searchInArgs). */
function isGiven(name: string, shorthand: string | undefined, argv: readonly string[]): boolean {
  return argv.some((word) => {
    if (word === `--${name}` || word.startsWith(`--${name}=`)) return true;
    if (!shorthand) return false;
    return word.startsWith(`-${shorthand}`) || (/^-[a-zA-Z]+$/.test(word) && word.includes(shorthand));
  });
}

/** The words of a text (strings.Fields). */
function fields(text = ''): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
