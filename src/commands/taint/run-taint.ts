/** Completes, validates and runs `taint` (TaintOptions). */

import type { JsonObject } from '../../apimachinery/json';
import { asJson, asObject, type KubeObject } from '../../apimachinery/meta';
import { createTwoWayPatch } from '../../merge/strategic-diff';
import { findResources } from '../builder/builder';
import { patchObject } from '../builder/writes';
import { CommandError, type Invocation, UsageError } from '../command';
import { messageOf, NoResourceMatchError, throwCollected } from '../errors';
import { dryRunOf, fieldValidationOf, withDryRun } from '../flag-sets';
import { printerFor } from '../print-objects';
import { typedObjects } from '../typed-objects';
import { conflictsOf, existingKeys, parseTaints, reorganizeTaints, type Taint, type TaintChanges } from './taints';

export async function runTaint(invocation: Invocation): Promise<void> {
  const { flags, streams } = invocation;
  const { namespace } = await invocation.namespace();
  const dryRun = dryRunOf(invocation);
  const fieldValidation = fieldValidationOf(flags);
  const { resources, changes } = readArguments(invocation.args);
  await checkNodes(invocation, resources[0] as string);
  const conflicts = conflictsOf(changes);
  if (conflicts.length > 0) {
    throw new CommandError(
      `can not both modify and remove the following taint(s) in the same command: ${conflicts.join(', ')}`,
    );
  }
  const all = flags.bool('all');
  const selector = flags.string('selector');
  if (all && selector) throw new CommandError("setting 'all' parameter with a non empty selector is prohibited");
  const byName = !all && !selector;
  if (byName && resources.length < 2) {
    throw new CommandError("at least one resource name must be specified since 'all' parameter is not set");
  }
  const types = await typedObjects();
  const result = await findResources(invocation, {
    args: byName ? ['node', ...resources.slice(1)] : ['node'],
    namespace,
    all,
    selector,
    latest: true,
    flatten: true,
  });
  const options = { dryRun, fieldValidation, fieldManager: invocation.fieldManager('kubectl-taint') };
  await result.visit(async (info) => {
    const node = types.read(info.object as KubeObject);
    const { operation, taints } = changed(node, changes, flags.bool('overwrite'));
    const spec: JsonObject = { ...node.spec };
    if (taints.length > 0) spec.taints = taints as unknown as JsonObject[];
    else delete spec.taints;
    const wanted = asObject({ ...asJson(node), spec });
    const printer = await printerFor(invocation, withDryRun(operation, dryRun), { sortKeys: false });
    if (dryRun === 'client') {
      streams.out(printer.print(types.read(wanted)));
      return;
    }
    const patch = createTwoWayPatch(asJson(node), asJson(wanted), types.schemaOf(node));
    streams.out(printer.print(await patchObject(info, 'strategic', patch, options)));
    await invocation.checkpoint();
  });
}

/** Nodes stand before taints. */
function readArguments(args: readonly string[]): { resources: string[]; changes: TaintChanges } {
  const resources: string[] = [];
  const specs: string[] = [];
  for (const arg of args) {
    if (/[=:]|-$/.test(arg)) specs.push(arg);
    else if (specs.length === 0) resources.push(arg);
    else throw new CommandError(`all resources must be specified before taint changes: ${arg}`);
  }
  if (resources.length === 0) {
    throw new CommandError('one or more resources must be specified as <resource> <name>');
  }
  if (specs.length === 0) throw new CommandError('at least one taint update is required');
  try {
    return { resources, changes: parseTaints(specs) };
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

async function checkNodes(invocation: Invocation, typed: string): Promise<void> {
  const type = typed.toLowerCase();
  const mapping = (await invocation.mapper()).resource(type);
  if (!mapping) throw new NoResourceMatchError({ resource: type });
  if (mapping.kind !== 'Node') {
    throw new CommandError(`invalid resource type ${type}, only node types are supported`);
  }
}

function changed(node: KubeObject, changes: TaintChanges, overwrite: boolean) {
  const current = (node.spec?.taints ?? []) as Taint[];
  const existing = overwrite ? [] : existingKeys(current, changes.add);
  if (existing.length > 0) {
    throw new CommandError(
      `node ${node.metadata.name} already has ${existing.join(',')} taint(s) with same effect(s) and --overwrite is false`,
    );
  }
  const { operation, taints, errors } = reorganizeTaints(current, changes, overwrite);
  throwCollected(errors);
  return { operation, taints };
}
