/** Completes and runs `expose` (ExposeServiceOptions). */
import { setKey } from '../../apimachinery/json';
import { stringifyJson } from '../../apimachinery/json-text';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import type { PatchType } from '../../client/client';
import { findResources } from '../builder/builder';
import { writeQuery } from '../builder/writes';
import { CommandError, type Flags, type Invocation } from '../command';
import { messageOf } from '../errors';
import { dryRunOf, withDryRun } from '../flag-sets';
import { LAST_APPLIED } from '../last-applied';
import { printerFor } from '../print-objects';
import { exposureOf } from './exposure';

export async function runExpose(invocation: Invocation): Promise<void> {
  const { flags, args, streams } = invocation;
  const dryRun = dryRunOf(invocation);
  const printer = await printerFor(invocation, withDryRun('exposed', dryRun));
  const { namespace, explicit } = await invocation.namespace();
  const result = await findResources(invocation, {
    filenames: flags.strings('filename'),
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    args,
    namespace,
    enforceNamespace: explicit,
    flatten: true,
  });
  await result.visit(async (info) => {
    const { mapping } = info.reachable();
    const exposed = info.object as KubeObject;
    let service = await overridden(flags, serviceFor(flags, exposed, mapping, info.name));
    if (dryRun === 'client') {
      if (explicit) service = { ...service, metadata: { ...service.metadata, namespace } };
      streams.out(printer.print(service));
      return;
    }
    if (flags.bool('save-config')) {
      const annotations = { ...service.metadata.annotations, [LAST_APPLIED]: `${stringifyJson(asJson(service))}\n` };
      service = { ...service, metadata: { ...service.metadata, annotations } };
    }
    const client = await invocation.client();
    const fieldManager = invocation.fieldManager('kubectl-expose');
    const created = await client.create(
      { group: '', version: 'v1', resource: 'services' },
      namespace,
      service,
      writeQuery({ dryRun, fieldManager }),
    );
    streams.out(printer.print(created));
  });
}

/** The service that the flags and the exposed object make, in the order of its Go type (createService). */
function serviceFor(
  flags: Flags,
  exposed: KubeObject,
  kind: { group: string; kind: string },
  exposedName: string,
): KubeObject {
  const exposure = exposureOf(exposed, kind);
  const selectorText = flags.string('selector');
  let selector: Record<string, string>;
  if (selectorText) selector = parseLabels(selectorText);
  else {
    try {
      selector = exposure.selector();
    } catch (error) {
      throw new CommandError(`couldn't retrieve selectors via --selector flag or introspection: ${messageOf(error)}`);
    }
  }
  const clusterIP = flags.string('cluster-ip');
  const ports = flags.string('port') ? flags.string('port').split(',') : exposure.ports();
  if (ports.length === 0 && clusterIP !== 'None') {
    throw new CommandError("couldn't find port via --port flag or introspection");
  }
  const labels = flags.string('labels') ? parseLabels(flags.string('labels')) : (exposed.metadata.labels ?? {});
  const spec: Record<string, unknown> = {};
  const servicePorts = portsFor(ports, flags, exposure.protocols());
  if (servicePorts.length > 0) spec.ports = servicePorts;
  spec.selector = selector;
  if (clusterIP) spec.clusterIP = clusterIP;
  if (flags.string('type')) spec.type = flags.string('type');
  if (flags.string('external-ip')) spec.externalIPs = [flags.string('external-ip')];
  const affinity = flags.string('session-affinity');
  if (affinity) {
    if (affinity !== 'None' && affinity !== 'ClientIP') {
      throw new CommandError(`unknown session affinity: ${affinity}`);
    }
    spec.sessionAffinity = affinity;
  }
  if (flags.string('type') === 'LoadBalancer' && flags.string('load-balancer-ip')) {
    spec.loadBalancerIP = flags.string('load-balancer-ip');
  }
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: {
      // A service's name has at most 63 letters.
      name: flags.string('name') || exposedName.slice(0, 63),
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
    },
    spec,
    status: { loadBalancer: {} },
  };
}

function portsFor(ports: readonly string[], flags: Flags, protocols: ReadonlyMap<string, readonly string[]>) {
  const given = flags.string('protocol');
  const target = flags.string('target-port');
  const several = ports.length > 1;
  return ports.flatMap((text, i) => {
    if (!/^[+-]?\d+$/.test(text)) {
      throw new CommandError(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
    }
    const port = Number(text);
    const targetPort = target === '' ? port : /^\d+$/.test(target) ? Number(target) : target;
    const known = given === '' ? (protocols.get(text) ?? ['TCP']) : [given];
    return known.map((protocol) => {
      const suffix = known.length > 1 ? `-${protocol.toLowerCase()}` : '';
      const name = several || known.length > 1 ? `port-${i + 1}${suffix}` : '';
      return { ...(name ? { name } : {}), protocol, port, targetPort };
    });
  });
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const parts = pair.split('=');
    if (parts.length !== 2) throw new CommandError(`unexpected label spec: ${pair}`);
    if (parts[0] === '') throw new CommandError('unexpected empty label key');
    setKey(labels, parts[0] as string, parts[1] as string);
  }
  return labels;
}

/** With --overrides laid over it (cmdutil.OverrideOptions). */
export async function overridden(flags: Flags, service: KubeObject): Promise<KubeObject> {
  const text = flags.string('overrides');
  if (!text) return service;
  const type = flags.string('override-type');
  if (!['json', 'merge', 'strategic'].includes(type)) {
    throw new CommandError(`invalid override type: ${type}`);
  }
  const { parseYaml } = await import('../../yaml/read');
  const { patchLocally } = await import('../patch/patch-locally');
  return patchLocally(service, type as PatchType, parseYaml(text));
}
