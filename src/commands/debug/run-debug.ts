/** Runs `debug`: does what helps with each thing that is named (DebugOptions.Run). */
import { asJson, asObject, type KubeObject } from '../../apimachinery/meta';
import { ApiError } from '../../apimachinery/status';
import { createTwoWayPatch } from '../../merge/strategic-diff';
import { findResources } from '../builder/builder';
import { formatGvk } from '../builder/info';
import { CommandError, type Invocation } from '../command';
import { messageOf } from '../errors';
import { PODS } from '../pods/pods-of';
import { type TypedObjects, typedObjects } from '../typed-objects';
import { copyWithDebugContainer, nodeDebugPod, withEphemeralContainer } from './debug-container';
import { type DebugOptions, debugOptions } from './debug-options';
import { namesFor } from './names';
import type { Container, Pod } from './pod-parts';

export async function runDebug(invocation: Invocation): Promise<void> {
  const options = await debugOptions(invocation);
  const { namespace, explicit } = await invocation.namespace();
  const types = await typedObjects();
  const result = await findResources(invocation, {
    filenames: options.filenames,
    args: options.targets.map((name) => (name.includes('/') ? name : `pods/${name}`)),
    namespace,
    enforceNamespace: explicit,
    continueOnError: false,
  });
  await result.visit(async ({ object, mapping }) => {
    const target = types.read(object as KubeObject) as Pod;
    const { pod, container } = await debug(target, mapping ? formatGvk(mapping) : target.kind);
    if (!options.attach || container === '') return;
    const { attachToDebugger } = await import('./attach-debugger');
    await attachToDebugger(invocation, pod, container, options);
  });

  /** What was made, and which container of it to attach to. */
  function debug(target: Pod, kind: string): Promise<{ pod: KubeObject; container: string }> {
    const session = { invocation, options, types, namespace };
    if (target.apiVersion === 'v1' && target.kind === 'Node') return debugNode(session, target);
    if (target.apiVersion !== 'v1' || target.kind !== 'Pod') {
      throw new CommandError(`${JSON.stringify(kind)} not supported by debug`);
    }
    return options.copyTo === '' ? debugInPod(session, target) : debugInCopy(session, target);
  }
}

interface Session {
  invocation: Invocation;
  options: DebugOptions;
  types: TypedObjects;
  namespace: string;
}

async function debugNode({ invocation, options, types, namespace }: Session, node: KubeObject) {
  const names = await namesFor(invocation, node);
  const { pod, container } = await nodeDebugPod(node, options, names, invocation.streams.out);
  const client = await invocation.client();
  return { pod: await client.create(PODS, namespace, types.read(pod)), container };
}

async function debugInPod({ invocation, options, types }: Session, target: Pod) {
  const { streams } = invocation;
  const names = await namesFor(invocation, target);
  const { pod, container } = await withEphemeralContainer(target, options, names, streams.out);
  warnOfUser(pod, pod.spec.ephemeralContainers?.at(-1), streams.err);
  const before = asJson(target);
  const patch = createTwoWayPatch(before, asJson(types.read(pod)), types.schemaOf(target));
  const { name = '', namespace = '' } = target.metadata;
  const client = await invocation.client();
  try {
    const patched = await client.patch(PODS, namespace, name, 'strategic', patch, undefined, 'ephemeralcontainers');
    return { pod: patched, container };
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'NotFound' || error.status.details?.name) throw error;
    const why = `error from server: ${JSON.stringify(messageOf(error))}`;
    throw new CommandError(`ephemeral containers are disabled for this cluster (${why})`);
  }
}

async function debugInCopy({ invocation, options, types }: Session, target: Pod) {
  const { streams } = invocation;
  const names = await namesFor(invocation, target);
  const { pod, container } = await copyWithDebugContainer(target, options, names, streams.out);
  warnOfUser(
    pod,
    pod.spec.containers.find(({ name }) => name === container),
    streams.err,
  );
  const client = await invocation.client();
  const { name = '', namespace = '' } = target.metadata;
  const created = await client.create(PODS, namespace, types.read(asObject(asJson(pod))));
  if (options.replace) {
    await client.delete(PODS, namespace, name, { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 });
  }
  return { pod: created, container };
}

/** Capabilities are of little use to a user who is not root (displayWarning). */
function warnOfUser({ spec }: Pod, container: Container | undefined, warn: (text: string) => void): void {
  const context = container?.securityContext;
  if (!spec.securityContext?.runAsUser || !context || context.runAsUser === 0) return;
  if (!context.privileged && !context.capabilities?.add?.length) return;
  warn(
    'Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile may not work. Please consider using "--custom" with a custom profile that specifies "securityContext.runAsUser: 0".\n',
  );
}
