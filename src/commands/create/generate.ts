/** What the subcommands of create share: they make one object from flags (kubectl pkg/cmd/create). */
import { stringifyGo } from '../../apimachinery/json-text';
import { asJson, type KubeObject, parseGroupVersion } from '../../apimachinery/meta';
import { type Command, CommandError, type Flag, type Invocation, UsageError } from '../command';
import { messageOf } from '../errors';
import {
  type DryRun,
  dryRunFlag,
  dryRunOf,
  fieldManagerFlag,
  fieldValidationOf,
  printFlags,
  saveConfigFlag,
  validateFlag,
  withDryRun,
} from '../flag-sets';
import { LAST_APPLIED } from '../last-applied';
import { printerFor } from '../print-objects';
import { typedObjects } from '../typed-objects';

/** The flags of every generator. */
export function generatorFlags(): Flag[] {
  return [...printFlags(), dryRunFlag, fieldManagerFlag('kubectl-create'), saveConfigFlag, validateFlag];
}

/** The one name among the arguments (NameFromCommandArgs). */
export function nameArgument({ args, argsBeforeDash }: Invocation): string {
  const count = argsBeforeDash ?? args.length;
  if (count !== 1) throw new UsageError(`exactly one NAME is required, got ${count}`);
  return args[0] as string;
}

export interface Generated {
  /** What the flags say; what its Go type always writes (`status: {}`) is added. Namespaced objects get their namespace here. */
  object: KubeObject;
  namespaced: boolean;
  /** What stands before the server's complaint, for kinds that word it so: `failed to create configmap: `. */
  failure?: string;
  /** True for services: upstream gives them the flag --save-config, and never looks at it. */
  ignoresSaveConfig?: boolean;
}

/** Makes the object that `generate` builds and prints it. `namespace` is '' where the user named none. */
export async function runGenerator(
  invocation: Invocation,
  generate: (context: { namespace: string; dryRun: DryRun }) => Promise<Generated> | Generated,
): Promise<void> {
  const { flags, streams } = invocation;
  const dryRun = dryRunOf(invocation);
  const fieldValidation = fieldValidationOf(flags);
  const printer = await printerFor(invocation, withDryRun('created', dryRun), { sortKeys: false });
  const { namespace, explicit } = await invocation.namespace();
  const generated = await generate({ namespace: explicit ? namespace : '', dryRun });
  const { namespaced, failure } = generated;
  const types = await typedObjects();
  const object = types.read(generated.object);
  const wanted = flags.bool('save-config') && !generated.ignoresSaveConfig ? annotated(object) : object;
  if (dryRun === 'client') {
    streams.out(printer.print(wanted));
    return;
  }
  const mapper = await invocation.mapper();
  const { group, version } = parseGroupVersion(object.apiVersion);
  const mapping = mapper.kind(group, object.kind, version);
  if (!mapping)
    throw new CommandError(
      `no matches for kind ${JSON.stringify(object.kind)} in version ${JSON.stringify(object.apiVersion)}`,
    );
  const client = await invocation.client();
  const query: Record<string, string> = { fieldManager: invocation.fieldManager('kubectl-create'), fieldValidation };
  if (dryRun === 'server') query.dryRun = 'All';
  try {
    const created = await client.create(
      { group, version, resource: mapping.plural },
      namespaced ? namespace : '',
      wanted,
      query,
    );
    streams.out(printer.print(types.read(created)));
  } catch (error) {
    if (failure) throw new CommandError(`${failure}${messageOf(error)}`);
    throw error;
  }
}

/** With the annotation that apply will look for: the object as Go writes its type, which sorts no fields. */
function annotated(object: KubeObject): KubeObject {
  const text = `${stringifyGo(asJson(object), { sortKeys: false })}\n`;
  const annotations = { ...object.metadata.annotations, [LAST_APPLIED]: text };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** A generator as a command. */
export function generatorCommand(
  command: Omit<Command, 'run' | 'flags'> & { flags?: readonly Flag[] },
  generate: (invocation: Invocation, name: string, namespace: string) => Promise<Generated> | Generated,
): Command {
  return {
    ...command,
    flags: [...generatorFlags(), ...(command.flags ?? [])],
    async run(invocation) {
      const name = nameArgument(invocation);
      await runGenerator(invocation, ({ namespace }) => generate(invocation, name, namespace));
    },
  };
}
