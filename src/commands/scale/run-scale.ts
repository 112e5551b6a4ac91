/** Completes, validates and runs `scale` (ScaleOptions; kubectl pkg/scale/scale.go). */
import { deepEqual } from '../../apimachinery/json';
import { asJson, gvkOf, type KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { resourcePath } from '../../client/client';
import { findResources } from '../builder/builder';
import { type Info, whereOf } from '../builder/info';
import { patchObject } from '../builder/writes';
import { CommandError, type Invocation } from '../command';
import { dryRunOf, withDryRun } from '../flag-sets';
import { printerFor } from '../print-objects';
import { recorded } from '../record';

interface Scale extends KubeObject {
  spec?: { replicas?: number };
  status?: { replicas?: number };
}

/** Tries of an update that meets with a conflict; kubectl tries for five minutes. */
const RETRIES = 300;

export async function runScale(invocation: Invocation): Promise<void> {
  const { flags, args, streams } = invocation;
  const dryRun = dryRunOf(invocation);
  const printer = await printerFor(invocation, withDryRun('scaled', dryRun));
  const { namespace, explicit } = await invocation.namespace();
  const replicas = flags.int('replicas');
  const currentReplicas = flags.int('current-replicas');
  const resourceVersion = flags.string('resource-version');
  if (replicas < 0) {
    throw new CommandError('The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0');
  }
  if (currentReplicas < -1) {
    throw new CommandError('The --current-replicas must specify an integer of -1 or greater');
  }
  const result = await findResources(invocation, {
    filenames: flags.strings('filename'),
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    args,
    all: flags.bool('all'),
    selector: flags.string('selector'),
    namespace,
    enforceNamespace: explicit,
    flatten: true,
  });
  // What was found is scaled even where something was not; that is told at the end.
  const { infos, error } = await result.infos();
  if (resourceVersion && infos.length > 1) {
    throw new CommandError('cannot use --resource-version with multiple resources');
  }
  if (infos.length === 0) throw error ?? new CommandError('no objects passed to scale');
  for (const info of infos) {
    if (dryRun === 'client') {
      streams.out(printer.print(withReplicas(info.object as KubeObject, replicas)));
      continue;
    }
    const scaling = { replicas, currentReplicas, resourceVersion, dryRun: dryRun === 'server' };
    const size = await scale(info, scaling);
    const timeout = flags.duration('timeout');
    if (timeout !== 0 && dryRun === 'none') await waitForReplicas(invocation, info, replicas, timeout);
    const scaled = withReplicas(info.object as KubeObject, size);
    await record(invocation, info, scaled);
    streams.out(printer.print(scaled));
    await invocation.checkpoint();
  }
  if (error !== undefined) throw error;
}

interface Scaling {
  replicas: number;
  /** -1: whatever it is. */
  currentReplicas: number;
  /** '': whatever it is. */
  resourceVersion: string;
  dryRun: boolean;
}

/** Writes the scale and gives the size that it has then (genericScaler.Scale, ScaleSimple). */
async function scale(info: Info, scaling: Scaling): Promise<number> {
  const { currentReplicas, resourceVersion, replicas, dryRun } = scaling;
  const { client, mapping, name } = info.reachable();
  const namespace = mapping.namespaced ? info.namespace : '';
  const query = dryRun ? { dryRun: 'All' } : {};
  for (let attempt = 0; ; attempt++) {
    try {
      if (currentReplicas === -1 && resourceVersion === '') {
        const patch = { spec: { replicas } };
        return sizeOf(await client.patch<Scale>(whereOf(mapping), namespace, name, 'merge', patch, query, 'scale'));
      }
      const current = await getScale(info);
      checkPreconditions(current, scaling);
      const wanted: Scale = { ...current, spec: { ...current.spec, replicas } };
      return sizeOf(await client.update<Scale>(whereOf(mapping), wanted, query, 'scale'));
    } catch (error) {
      if (!isReason(error, 'Conflict') || attempt >= RETRIES) throw error;
    }
  }
}

function checkPreconditions(current: Scale, { currentReplicas, resourceVersion }: Scaling): void {
  const size = sizeOf(current);
  if (currentReplicas !== -1 && size !== currentReplicas) {
    throw new CommandError(`Expected replicas to be ${currentReplicas}, was ${size}`);
  }
  const version = current.metadata.resourceVersion ?? '';
  if (resourceVersion && version !== resourceVersion) {
    throw new CommandError(`Expected resource version to be ${resourceVersion}, was ${version}`);
  }
}

/** Lets time pass until there are as many, or somebody wants another number (WaitForScaleHasDesiredReplicas). */
async function waitForReplicas(invocation: Invocation, info: Info, replicas: number, timeout: number): Promise<void> {
  const time = await invocation.time();
  const deadline = time.now() + timeout;
  for (;;) {
    const { spec, status } = await getScale(info);
    if ((spec?.replicas ?? 0) !== replicas || (status?.replicas ?? 0) === replicas) return;
    const left = deadline - time.now();
    if (left <= 0 || !(await time.pass(left))) {
      throw new CommandError(`timed out waiting for ${JSON.stringify(info.name)} to be synced`);
    }
  }
}

function getScale(info: Info): Promise<Scale> {
  const { client, mapping, name } = info.reachable();
  const path = resourcePath(whereOf(mapping), mapping.namespaced ? info.namespace : '', name, 'scale');
  return client.request<Scale>({ method: 'GET', path });
}

function sizeOf({ spec }: Scale): number {
  return spec?.replicas ?? 0;
}

/** What was read with the new number, for kinds whose field is known (updateReplicas). */
function withReplicas(object: KubeObject, replicas: number): KubeObject {
  const { group } = gvkOf(object);
  return group === 'apps' || group === '' ? { ...object, spec: { ...object.spec, replicas } } : object;
}

/** --record is a patch of its own; that it fails is no reason to say that scaling did. */
async function record(invocation: Invocation, info: Info, object: KubeObject): Promise<void> {
  const after = recorded(invocation, object);
  if (deepEqual(asJson(object), asJson(after))) return;
  const { metadata } = after;
  try {
    await patchObject(info, 'merge', { metadata: { annotations: { ...metadata.annotations } } }, {});
  } catch {
    // As upstream, which only logs it.
  }
}
