/** What a command is: one verb, one module; options are completed, validated, run, with streams injected. */
import type { Client } from '../client/client';
import type { RestMapper } from '../client/rest-mapper';
import type { Instant } from '../sim/clock';
import type { Completion } from './completion/declared';
import type { Gate } from './gates';
import type { Surroundings } from './invocation';

export type FlagType =
  | 'bool'
  | 'string'
  | 'int'
  | 'int32'
  | 'duration'
  | 'stringArray'
  | 'stringSlice'
  | 'stringToString';

export interface Flag {
  /** Without dashes: `dry-run`. */
  name: string;
  /** One letter. */
  shorthand?: string;
  type: FlagType;
  /** What `--help` shows as the default and what `flags.string(name)` gives when the flag is absent. */
  default?: string | number | boolean | string[];
  /** The value when the flag stands alone (`--dry-run` → `unchanged`). Always 'true' for bool. */
  noOptDefault?: string;
  /** kubectl's usage text of this flag. */
  usage: string;
  /** What `--help` shows as the default where it is not the value (a Go type without a text for nothing). */
  shownDefault?: string;
  hidden?: boolean;
  required?: boolean;
  deprecated?: string;
  /** Kubetick's own: kubectl has no such flag, and the help of who is called kubectl does not show it. */
  own?: boolean;
  /** What a shell offers as its value; nothing said: files. */
  completion?: Completion;
  /** Switches it on or off. Of two flags of one name the first that is on counts. */
  gate?: Gate;
}

/** Parsed flags, typed access; asking for an undeclared name is a programming error. */
export interface Flags {
  string(name: string): string;
  bool(name: string): boolean;
  int(name: string): number;
  /** Milliseconds. */
  duration(name: string): number;
  strings(name: string): string[];
  /** True when the user gave the flag (pflag's Changed). */
  changed(name: string): boolean;
  /** The flags that the user gave, with their texts, in their order. */
  given(): readonly { name: string; value: string }[];
}

export interface Streams {
  out(text: string): void;
  err(text: string): void;
  /** All of standard input. */
  stdin(): Promise<string>;
  /** One line of it, for an answer to a question. Where it is absent, the first line of all. */
  line?(): Promise<string>;
  /** Columns of the terminal, or undefined when standard output is not one. */
  columns: number | undefined;
  /** Colours allowed: a terminal, and no NO_COLOR. */
  colour: boolean;
  isTerminal: boolean;
  /** Nobody reads standard output any more (`| head`): what would go on for ever has no reason to. */
  closed?: boolean;
  /** Where a terminal is: shows a line that the next one, or '', takes the place of. Shown at once. */
  progress?(line: string): void;
}

/** How a command that waits lets time pass: on the cluster in a folder it advances the clock; on a live server it sleeps. */
export interface TimePassing {
  now(): Instant;
  /** Lets time pass until something may have changed, at most `limit` milliseconds. False when nothing will ever change. */
  pass(limit: number): Promise<boolean>;
}

/** What a command has at hand. Everything here is made when first asked for: `version --client` opens no cluster. */
export interface Invocation {
  /** Arguments that are not flags. */
  args: string[];
  /** How many of args stood before `--`; undefined without one. */
  argsBeforeDash: number | undefined;
  flags: Flags;
  streams: Streams;
  /** `kubectl` or `kubetick`: how it names itself. */
  program: string;
  environment: Record<string, string | undefined>;
  cwd: string;
  client(): Promise<Client>;
  mapper(): Promise<RestMapper>;
  /** The namespace to use and whether the user named it (-n) rather than the context. */
  namespace(): Promise<{ namespace: string; explicit: boolean }>;
  time(): Promise<TimePassing>;
  /** `kubectl-create` … : --field-manager, else the default of this command. */
  fieldManager(fallback: string): string;
  /** The names that lead here: `kubectl create configmap`. */
  commandPath: string;
  /** Between the objects of a command of many: now and then makes what was done durable and prints it. */
  checkpoint(): Promise<void>;
  /** Makes what was done durable and prints what is held back, now: before a wait, a watch event, an editor. */
  release(): Promise<void>;
  /** Where the cluster's own things are: its state folder's kubeconfig and the like. Opens nothing. */
  files(): Promise<ClusterFiles>;
}

/** Where the cluster and the kubeconfig that commands edit are. */
export interface ClusterFiles {
  /** The state folder, or undefined for a cluster that is only in memory. */
  stateFolder: string | undefined;
  /** The kubeconfig that `config` shows and changes. */
  kubeconfig: import('./kubeconfig/kubeconfig-file').KubeconfigFile;
}

export type Subcommands = Readonly<Record<string, () => Promise<{ default: Command }>>>;

export interface Command {
  /** The usage line after the program's name: `get [(-o|--output=)json|…] (TYPE[.VERSION][.GROUP] [NAME | -l label] …) [flags] [options]`. */
  use: string;
  aliases?: string[];
  short: string;
  long?: string;
  examples?: string;
  flags?: readonly Flag[];
  /** Subcommands, loaded when invoked. */
  subcommands?: Subcommands;
  /** Kubetick's own below a command of kubectl's: who is called kubectl may type them, and shows none of them. */
  ownSubcommands?: Subcommands;
  /** Other names of subcommands: `{ cm: 'configmap' }`. */
  subcommandAliases?: Readonly<Record<string, string>>;
  run?(invocation: Invocation): Promise<void>;
  /** The status that flags given wrongly leave, where 1 means something else (diff). */
  flagErrorExitCode?: number;
  hidden?: boolean;
  /** Its flags stand before its first argument; what follows is handed on as it is (cobra's SetInterspersed(false)). */
  takesCommands?: boolean;
  /** It simulates the cluster for long: on a large one in a process made for that. */
  simulates?: boolean;
  /** What a shell offers for its arguments; nothing said: files. */
  completion?: Completion;
  /** Switches it on or off. */
  gate?: Gate;
  /** Takes the command line as it stands, flags and all (cobra's DisableFlagParsing), and resolves to the exit status. */
  runRaw?(request: RawRequest): Promise<number>;
}

/** What a command that reads its own command line is given. */
export interface RawRequest {
  /** The command line without the command's own name. */
  argv: readonly string[];
  /** The name that it was called by. */
  name: string;
  surroundings: Surroundings;
  /** Commands that this user has besides: the aliases of a kuberc. */
  more: ReadonlyMap<string, Command>;
  /** Flags that an alias gives. */
  defaults: readonly { flag: Flag; value: string }[];
}

/** Ends the command with `error: <message>` on stderr (cmdutil.CheckErr) and this exit status. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message);
    this.name = 'CommandError';
  }
}

/** Bad usage: the message and where to find help (cmdutil.UsageErrorf). */
export class UsageError extends CommandError {}

/** Bad usage: the help of the command, and the message. */
export class HelpError extends CommandError {}

/** Ends the command with this status and prints nothing more (diff found differences). */
export class ExitSilently extends Error {
  constructor(readonly exitCode: number) {
    super(`exit ${exitCode}`);
  }
}
