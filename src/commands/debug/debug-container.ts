/** A new container to debug with, and pods with one in them (generateDebugContainer, generatePodCopyWithDebugContainer, generateNodeDebugPod). */
import { clone } from '../../apimachinery/json';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import { CommandError } from '../command';
import { applyCustomProfile } from './custom-profile';
import type { DebugOptions } from './debug-options';
import { debugContainerName, type Names } from './names';
import { type Container, containersByName, type Pod } from './pod-parts';
import { applyProfile, type Style } from './profiles';

export interface Made {
  pod: Pod;
  /** The name of the container to debug with; '' where there is none in particular. */
  container: string;
}

type Say = (text: string) => void;

/** The pod with one ephemeral container more. */
export async function withEphemeralContainer(pod: Pod, options: DebugOptions, names: Names, say: Say): Promise<Made> {
  const container: Container = {
    ...newContainer(debugContainerName(pod, options, names, say), options),
    ...(options.target === '' ? {} : { targetContainerName: options.target }),
  };
  const changed = copyOf(pod);
  changed.spec.ephemeralContainers = [...(changed.spec.ephemeralContainers ?? []), container];
  await finish(changed, container, 'ephemeral', options);
  return { pod: changed, container: container.name };
}

/** Another pod like it, with a container more or a container changed. */
export async function copyWithDebugContainer(pod: Pod, options: DebugOptions, names: Names, say: Say): Promise<Made> {
  const { labels, annotations, namespace } = pod.metadata;
  const { spec } = copyOf(pod);
  const copied: Pod = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name: options.copyTo,
      ...(namespace ? { namespace } : {}),
      ...(labels ? { labels: { ...labels } } : {}),
      ...(annotations ? { annotations: { ...annotations } } : {}),
    },
    spec,
  };
  delete spec.ephemeralContainers;
  if (options.shareProcesses !== undefined) spec.shareProcessNamespace = options.shareProcesses;
  if (!options.sameNode) delete spec.nodeName;
  for (const container of spec.containers) {
    const image = options.setImages.get(container.name) ?? options.setImages.get('*');
    if (image) container.image = image;
  }
  const present = containersByName(copied).get(options.container);
  if (!present && options.image === '') {
    if (options.setImages.size > 0) return { pod: copied, container: '' };
    throw new CommandError('you must specify image when creating new container');
  }
  const container = present ?? addContainer(copied, options, names, say);
  changeContainer(container, options);
  await finish(copied, container, 'copy', options);
  return { pod: copied, container: container.name };
}

/** A pod in the namespaces of a node, with the node's files. */
export async function nodeDebugPod(node: KubeObject, options: DebugOptions, names: Names, say: Say): Promise<Made> {
  const nodeName = node.metadata.name ?? '';
  const name = `node-debugger-${nodeName}-${names.suffix()}`;
  const container = newContainer(options.container || 'debugger', options);
  if (!options.quiet) say(`Creating debugging pod ${name} with container ${container.name} on node ${nodeName}.\n`);
  const pod: Pod = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'kubectl-debug' } },
    spec: { containers: [container], nodeName, restartPolicy: 'Never', tolerations: [{ operator: 'Exists' }] },
  };
  await finish(pod, container, 'node', options);
  return { pod, container: container.name };
}

function copyOf(pod: Pod): Pod {
  return clone(asJson(pod)) as unknown as Pod;
}

function newContainer(name: string, options: DebugOptions): Container {
  const { args, argsOnly, env, image, pullPolicy, stdin, tty } = options;
  return {
    name,
    image,
    ...(args.length > 0 ? { [argsOnly ? 'args' : 'command']: [...args] } : {}),
    ...(env.length > 0 ? { env } : {}),
    ...(pullPolicy === '' ? {} : { imagePullPolicy: pullPolicy }),
    ...(stdin ? { stdin } : {}),
    ...(tty ? { tty } : {}),
    terminationMessagePolicy: 'File',
  };
}

function addContainer(pod: Pod, options: DebugOptions, names: Names, say: Say): Container {
  const name = debugContainerName(pod, options, names, say);
  const container: Container = { name, terminationMessagePolicy: 'File' };
  pod.spec.containers.push(container);
  return container;
}

function changeContainer(container: Container, options: DebugOptions): void {
  const { args, argsOnly, env, image, pullPolicy, stdin, tty } = options;
  if (args.length > 0 && argsOnly) container.args = [...args];
  else if (args.length > 0) {
    container.command = [...args];
    delete container.args;
  }
  if (env.length > 0) container.env = env;
  if (image !== '') container.image = image;
  if (pullPolicy !== '') container.imagePullPolicy = pullPolicy;
  // Go leaves out what is false.
  for (const [name, value] of Object.entries({ stdin, tty }) as ['stdin' | 'tty', boolean][]) {
    if (value) container[name] = true;
    else delete container[name];
  }
}

async function finish(pod: Pod, container: Container, style: Style, options: DebugOptions): Promise<void> {
  const { name } = container;
  const { initContainers = [], containers, ephemeralContainers = [] } = pod.spec;
  // By its name: where two have the same, the server will say so.
  const named = [...initContainers, ...containers, ...ephemeralContainers].find((one) => one.name === name);
  applyProfile(options.profile, pod, named ?? container, style, options.keep);
  if (!options.custom) return;
  if (style !== 'ephemeral' && !pod.spec.containers.includes(container)) {
    throw new CommandError(`unable to find the ${name} container in the pod ${pod.metadata.name}`);
  }
  await applyCustomProfile(container, options.custom);
}
