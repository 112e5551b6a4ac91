/** Completes, validates and runs `autoscale` (AutoscaleOptions). */
import type { JsonObject } from '../../apimachinery/json';
import { stringifyGo } from '../../apimachinery/json-text';
import { asJson, formatGroupVersion, type KubeObject } from '../../apimachinery/meta';
import type { ResourceInfo } from '../../schema/schema';
import { findResources } from '../builder/builder';
import { formatGvr, type Info } from '../builder/info';
import { writeQuery } from '../builder/writes';
import { CommandError, type Flags, type Invocation } from '../command';
import { messageOf } from '../errors';
import { type DryRun, dryRunOf, withDryRun } from '../flag-sets';
import { LAST_APPLIED } from '../last-applied';
import { printerFor } from '../print-objects';
import { recorded } from '../record';
import { type TypedObjects, typedObjects } from '../typed-objects';
import { metricTarget } from './metric-target';

export async function runAutoscale(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  const dryRun = dryRunOf(invocation);
  const { namespace, explicit } = await invocation.namespace();
  validate(flags);
  const result = await findResources(invocation, {
    filenames: flags.strings('filename'),
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    args,
    namespace,
    enforceNamespace: explicit,
    flatten: true,
  });
  const types = await typedObjects();
  const making: Making = { invocation, types, namespace, dryRun };
  let count = 0;
  await result.visit(async (info) => {
    const mapping = scalable(info);
    const wanted = autoscalerV2(flags, info.name, mapping, explicit ? namespace : '');
    try {
      await make(making, wanted);
    } catch {
      requireV1Suffices(flags);
      await make(making, autoscalerV1(flags, info.name, mapping, explicit ? namespace : ''));
    }
    count++;
    await invocation.checkpoint();
  });
  if (count === 0) throw new CommandError('no objects passed to autoscale');
}

function validate(flags: Flags): void {
  const [min, max] = [flags.int('min'), flags.int('max')];
  if (max < 1) throw new CommandError(`--max=MAXPODS is required and must be at least 1, max: ${max}`);
  if (max < min) {
    throw new CommandError(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`);
  }
  if (flags.int('cpu-percent') > 0 && flags.string('cpu')) {
    throw new CommandError('--cpu-percent and --cpu are mutually exclusive');
  }
  for (const resource of RESOURCES) if (flags.string(resource)) metricTarget(resource, flags.string(resource));
}

const RESOURCES = ['cpu', 'memory'] as const;

/** Throws unless what was found has a scale (scale.ScaleKindResolver.ScaleForResource). */
function scalable(info: Info): ResourceInfo {
  const { mapping } = info.reachable();
  if (mapping.subresources.some(({ name }) => name === 'scale')) return mapping;
  throw new CommandError(
    `cannot autoscale a ${mapping.kind}: could not find scale subresource for ${formatGvr(mapping)} in discovery information`,
  );
}

function autoscalerV2(flags: Flags, target: string, mapping: ResourceInfo, namespace: string): KubeObject {
  const metrics: JsonObject[] = [];
  const percent = flags.int('cpu-percent');
  if (percent > 0) metrics.push(resourceMetric('cpu', { type: 'Utilization', averageUtilization: percent }));
  for (const name of RESOURCES)
    if (flags.string(name)) metrics.push(resourceMetric(name, { ...metricTarget(name, flags.string(name)) }));
  const autoscaler = autoscalerFor('autoscaling/v2', flags, target, mapping, namespace);
  if (metrics.length > 0) autoscaler.spec.metrics = metrics;
  return autoscaler;
}

function resourceMetric(name: string, target: JsonObject): JsonObject {
  return { type: 'Resource', resource: { name, target } };
}

function autoscalerV1(flags: Flags, target: string, mapping: ResourceInfo, namespace: string): KubeObject {
  const autoscaler = autoscalerFor('autoscaling/v1', flags, target, mapping, namespace);
  const percent = flags.int('cpu-percent');
  if (percent >= 0) autoscaler.spec.targetCPUUtilizationPercentage = percent;
  return autoscaler;
}

function autoscalerFor(
  apiVersion: string,
  flags: Flags,
  target: string,
  mapping: ResourceInfo,
  namespace: string,
): KubeObject {
  const min = flags.int('min');
  return {
    kind: 'HorizontalPodAutoscaler',
    apiVersion,
    metadata: { name: flags.string('name') || target, ...(namespace ? { namespace } : {}) },
    spec: {
      scaleTargetRef: { kind: mapping.kind, name: target, apiVersion: formatGroupVersion(mapping) },
      ...(min > 0 ? { minReplicas: min } : {}),
      maxReplicas: flags.int('max'),
    },
  };
}

/** Throws where autoscaling/v1 can't say what the flags do (canCreateHPAV1); in upstream's words, its slip of the pen among them. */
function requireV1Suffices(flags: Flags): void {
  let why = '%!w(<nil>)';
  try {
    const { type } = metricTarget('cpu', flags.string('cpu'));
    if (!flags.string('memory') && (type === 'Utilization' || flags.int('cpu-percent') >= 0)) return;
  } catch (error) {
    why = messageOf(error);
  }
  throw new CommandError(
    `failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: ${why}`,
  );
}

interface Making {
  invocation: Invocation;
  types: TypedObjects;
  namespace: string;
  dryRun: DryRun;
}

/** Creates it, or only prints it (handleHPA). */
async function make({ invocation, types, namespace, dryRun }: Making, wanted: KubeObject): Promise<void> {
  const { flags, streams } = invocation;
  const object = recorded(invocation, types.read(wanted));
  if (dryRun === 'client') {
    const printer = await printerFor(invocation, withDryRun('created', dryRun), { sortKeys: false });
    streams.out(printer.print(object));
    return;
  }
  const client = await invocation.client();
  const fieldManager = invocation.fieldManager('kubectl-autoscale');
  const created = await client.create(
    { group: 'autoscaling', version: object.apiVersion.split('/')[1] as string, resource: 'horizontalpodautoscalers' },
    namespace,
    flags.bool('save-config') ? annotated(object) : object,
    writeQuery({ dryRun, fieldManager }),
  );
  const printer = await printerFor(invocation, withDryRun('autoscaled', dryRun), { sortKeys: false });
  streams.out(printer.print(types.read(created)));
}

/** With the annotation that apply will look for (util.CreateOrUpdateAnnotation). */
function annotated(object: KubeObject): KubeObject {
  const text = `${stringifyGo(asJson(object), { sortKeys: false })}\n`;
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [LAST_APPLIED]: text } },
  };
}
