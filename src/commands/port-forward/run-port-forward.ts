/** Completes, validates and runs `port-forward` (PortForwardOptions). */
import { isIP } from 'node:net';
import type { KubeObject } from '../../apimachinery/meta';
import { findResources } from '../builder/builder';
import { CommandError, type Invocation, UsageError } from '../command';
import { messageOf } from '../errors';
import { podRunningTimeout } from '../pods/flags';
import { attachablePod, PODS } from '../pods/pods-of';
import { requestStream } from '../pods/stream';
import { portsOfPod, portsThroughService, validatePorts } from './ports';

export async function runPortForward(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  if (args.length < 2) throw new UsageError('TYPE/NAME and list of ports are required for port-forward');
  const [name = '', ...wanted] = args;
  const { namespace } = await invocation.namespace();
  const timeout = podRunningTimeout(flags);
  const object = await find(invocation, name, namespace);
  const candidate = await attachablePod(invocation, object, timeout);
  const ports =
    object.kind === 'Service' ? portsThroughService(wanted, object, candidate) : portsOfPod(wanted, candidate);
  const client = await invocation.client();
  const pod = await client.get(PODS, namespace, candidate.metadata.name ?? '');
  const phase = pod['status']?.phase;
  if (phase !== 'Running') {
    throw new CommandError(`unable to forward port because pod is not running. Current status=${phase}`);
  }
  validatePorts(flags.strings('address'), ports, (text) => isIP(text) !== 0);
  try {
    await requestStream(invocation, pod, 'portforward', {});
  } catch (error) {
    throw new CommandError(`error upgrading connection: ${messageOf(error)}`);
  }
}

async function find(invocation: Invocation, name: string, namespace: string): Promise<KubeObject> {
  const args = name.includes('/') ? [name] : ['pods', name];
  const result = await findResources(invocation, { args, namespace });
  const { infos, error } = await result.infos();
  if (error !== undefined) throw error;
  return infos[0]?.object as KubeObject;
}
