/** Completes, validates and runs `set env` (EnvOptions). */

import { sortStrings } from '../../apimachinery/json-text';
import type { KubeObject } from '../../apimachinery/meta';
import { CommandError, type Invocation } from '../command';
import { messageOf, throwCollected } from '../errors';
import { type TypedObjects, typedObjects } from '../typed-objects';
import { type EnvChanges, parseEnvironment, splitEnvironment, updateEnvironment } from './env-arguments';
import { describeSource, EnvResolver } from './env-values';
import {
  changedObject,
  findToSet,
  outputOf,
  patchEach,
  refuseLocalOnServer,
  searchFlags,
  typedInfos,
} from './patch-each';
import { type Container, type EnvVar, podSpecOf, selectContainers } from './pod-spec';

export async function runSetEnv(invocation: Invocation): Promise<void> {
  const { flags, args, streams } = invocation;
  const selector = flags.string('selector');
  if (flags.bool('all') && selector) throw new CommandError('cannot set --all and --selector at the same time');
  const { resources, changes } = splitEnvironment(args);
  const output = await outputOf(invocation, 'env updated');
  refuseLocalOnServer(invocation, output.dryRun);
  validate(invocation, resources);
  const given = [...flags.strings('env'), ...changes];
  const { env, remove, usedStdin } = await parseEnvironment(given, () => streams.stdin());
  if (usedStdin && flags.strings('filename').includes('-')) {
    throw new CommandError('standard input cannot be used for multiple arguments');
  }
  const types = await typedObjects();
  if (flags.string('from')) env.push(...(await variablesFrom(invocation, types)));
  const prefix = flags.string('prefix');
  const wanted: EnvChanges = { env: env.map((each) => ({ ...each, name: prefix + each.name })), remove };
  const infos = await typedInfos(await findToSet(invocation, resources, searchFlags(invocation)), types);
  const { namespace } = await invocation.namespace();
  const resolver = new EnvResolver(() => invocation.client(), namespace);
  const change = async (object: KubeObject) => {
    await changeEnvironment(invocation, object, wanted, resolver);
    return true;
  };
  if (flags.bool('list')) {
    for (const info of infos) {
      try {
        await changedObject(info, types, change);
      } catch {
        // What can't be listed is passed over, as upstream does.
      }
    }
    return;
  }
  const errors = await patchEach(invocation, infos, types, output, change, {
    failure: 'failed to patch env update to pod template: ',
    patched() {
      if (env.length === 0 && changes.length === 0) {
        throw new CommandError('at least one environment variable must be provided');
      }
    },
  });
  throwCollected(errors);
}

function validate({ flags }: Invocation, resources: readonly string[]): void {
  if (flags.strings('filename').length === 0 && resources.length === 0) {
    throw new CommandError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  }
  if (flags.bool('list') && flags.string('output')) {
    throw new CommandError('--list and --output may not be specified together');
  }
  if (flags.strings('keys').length > 0 && !flags.string('from')) {
    throw new CommandError('when specifying --keys, a configmap or secret must be provided with --from');
  }
}

/** A variable for each key of what --from names, or of the files with --local. */
async function variablesFrom(invocation: Invocation, types: TypedObjects): Promise<EnvVar[]> {
  const { flags, streams } = invocation;
  const keys = flags.strings('keys');
  const result = await findToSet(invocation, [flags.string('from')], searchFlags(invocation));
  const variables: EnvVar[] = [];
  for (const { object } of await typedInfos(result, types)) {
    const { apiVersion, kind, metadata, data = {} } = object as KubeObject;
    if (apiVersion !== 'v1' || (kind !== 'Secret' && kind !== 'ConfigMap')) {
      throw new CommandError('unsupported resource specified in --from');
    }
    for (const key of sortStrings(Object.keys(data))) {
      if (keys.length > 0 && !keys.includes(key)) continue;
      const name = key.replace(/[^a-zA-Z0-9_]/gu, '_').toUpperCase();
      if (name !== key) streams.err(`Warning: key ${key} transferred to ${name}\n`);
      const reference = { ...(metadata.name ? { name: metadata.name } : {}), key };
      variables.push({
        name,
        valueFrom: kind === 'Secret' ? { secretKeyRef: reference } : { configMapKeyRef: reference },
      });
    }
  }
  return variables;
}

/** Changes the object in place, and lists the outcome where that is wanted. */
async function changeEnvironment(
  invocation: Invocation,
  object: KubeObject,
  wanted: EnvChanges,
  resolver: EnvResolver,
): Promise<void> {
  const { flags, streams } = invocation;
  const pattern = flags.string('containers');
  const containers = selectContainers(podSpecOf(object), pattern);
  const { kind, metadata } = object;
  if (containers.length === 0) {
    streams.err(
      `Warning: ${kind}/${metadata.name ?? ''} does not have any containers matching ${JSON.stringify(pattern)}\n`,
    );
    return;
  }
  let unresolved = false;
  for (const container of containers) {
    const existing = container.env ?? [];
    if (!flags.bool('overwrite')) refuseOverwrites(existing, wanted.env);
    container.env = updateEnvironment(existing, wanted);
    if (!flags.bool('list')) continue;
    streams.out(`# ${kind} ${metadata.name ?? ''}, container ${container.name}\n`);
    unresolved = (await listEnvironment(invocation, object, container, resolver)) || unresolved;
  }
  if (unresolved) throw new CommandError('failed to retrieve valueFrom references');
}

function refuseOverwrites(existing: readonly EnvVar[], env: readonly EnvVar[]): void {
  for (const { name, value = '' } of env) {
    const current = existing.find((each) => each.name === name);
    if (current && (current.value ?? '') !== value) {
      throw new CommandError(`'${name}' already has a value (${current.value ?? ''}), and --overwrite is false`);
    }
  }
}

/** True when something could not be resolved. */
async function listEnvironment(
  { flags, streams }: Invocation,
  object: KubeObject,
  container: Container,
  resolver: EnvResolver,
): Promise<boolean> {
  const failures = new Map<string, string[]>();
  for (const { name, value = '', valueFrom } of container.env ?? []) {
    if (!valueFrom) {
      streams.out(`${name}=${value}\n`);
      continue;
    }
    if (flags.bool('resolve')) {
      try {
        streams.out(`${name}=${await resolver.value(valueFrom, object, container)}\n`);
        continue;
      } catch (error) {
        const names = failures.get(messageOf(error)) ?? [];
        failures.set(messageOf(error), [...names, name]);
      }
    }
    streams.out(`# ${name} from ${describeSource(valueFrom)}\n`);
  }
  const lines = [...failures].map(
    ([message, names]) => `error retrieving reference for ${sortStrings(names).join(', ')}: ${message}`,
  );
  for (const line of sortStrings(lines)) streams.err(`${line}\n`);
  return failures.size > 0;
}
