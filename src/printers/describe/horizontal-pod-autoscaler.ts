/** A HorizontalPodAutoscaler described (kubectl describe.go describeHorizontalPodAutoscalerV2, …V1). */
import { goQuote } from '../go-format';
import { writeEvents } from './events';
import { optionalQuantityText, quantityText, rfc1123 } from './values';
import { writeLabelsAndAnnotations, writeName } from './workload';
import { type Described, type DescriptionWriter, described, type Related } from './writer';

const UNKNOWN = '<unknown>';

/** autoscaling/v2. */
export function describeHorizontalPodAutoscaler(autoscaler: Described, related: Related): string {
  const { spec = {}, status = {} } = autoscaler;
  return described((writer) => {
    writeHead(writer, autoscaler);
    writer.write(0, 'Metrics:\t( current / target )\n');
    for (const [i, metric] of (spec.metrics ?? []).entries()) writeMetric(writer, metric, status.currentMetrics?.[i]);
    writeReplicaRange(writer, spec);
    if (spec.behavior) writer.write(0, 'Behavior:\n');
    writeBehavior(writer, 'Scale Up', spec.behavior?.scaleUp);
    writeBehavior(writer, 'Scale Down', spec.behavior?.scaleDown);
    writeReplicas(writer, spec, status);
    const conditions: readonly Described[] = status.conditions ?? [];
    if (conditions.length > 0) {
      writer.write(0, 'Conditions:\n');
      writer.write(1, 'Type\tStatus\tReason\tMessage\n');
      writer.write(1, '----\t------\t------\t-------\n');
    }
    for (const condition of conditions)
      writer.write(
        1,
        `${condition.type}\t${condition.status}\t${condition.reason ?? ''}\t${condition.message ?? ''}\n`,
      );
    writeEvents(writer, related);
  });
}

/** autoscaling/v1: what servers without v2 have. */
export function describeHorizontalPodAutoscalerV1(autoscaler: Described, related: Related): string {
  const { spec = {}, status = {} } = autoscaler;
  return described((writer) => {
    writeHead(writer, autoscaler);
    if (spec.targetCPUUtilizationPercentage !== undefined) {
      writer.field(0, 'Target CPU utilization', `${spec.targetCPUUtilizationPercentage}%`);
      writer.field(0, 'Current CPU utilization', `${status.currentCPUUtilizationPercentage ?? UNKNOWN}%`);
    }
    writeReplicaRange(writer, spec);
    writeReplicas(writer, spec, status);
    writeEvents(writer, related);
  });
}

function writeHead(writer: DescriptionWriter, autoscaler: Described): void {
  writeName(writer, autoscaler);
  writeLabelsAndAnnotations(writer, autoscaler);
  writer.field(0, 'CreationTimestamp', rfc1123(autoscaler.metadata.creationTimestamp));
  const { kind = '', name = '' } = autoscaler.spec?.scaleTargetRef ?? {};
  writer.field(0, 'Reference', `${kind}/${name}`);
}

function writeReplicaRange(writer: DescriptionWriter, { minReplicas = '<unset>', maxReplicas = 0 }: Described): void {
  writer.field(0, 'Min replicas', minReplicas);
  writer.field(0, 'Max replicas', maxReplicas);
}

function writeReplicas(writer: DescriptionWriter, spec: Described, status: Described): void {
  const { currentReplicas = 0, desiredReplicas = 0 } = status;
  writer.field(0, `${spec.scaleTargetRef?.kind ?? ''} pods`, `${currentReplicas} current / ${desiredReplicas} desired`);
}

function writeMetric(writer: DescriptionWriter, metric: Described, current: Described): void {
  switch (metric.type) {
    case 'External': {
      const { target = {}, metric: named } = metric.external;
      const now = current?.external?.current;
      const name = goQuote(named?.name ?? '');
      if (target.averageValue !== undefined) {
        const value = now?.averageValue === undefined ? UNKNOWN : quantityText(now.averageValue);
        writer.field(1, `${name} (target average value)`, `${value} / ${quantityText(target.averageValue)}`);
      } else {
        const value = current?.external ? optionalQuantityText(now?.value) : UNKNOWN;
        writer.field(1, `${name} (target value)`, `${value} / ${optionalQuantityText(target.value)}`);
      }
      break;
    }
    case 'Pods': {
      const { target = {}, metric: named } = metric.pods;
      const value = current?.pods ? optionalQuantityText(current.pods.current?.averageValue) : UNKNOWN;
      writer.field(
        1,
        `${goQuote(named?.name ?? '')} on pods`,
        `${value} / ${optionalQuantityText(target.averageValue)}`,
      );
      break;
    }
    case 'Object': {
      const { target = {}, metric: named, describedObject = {} } = metric.object;
      const average = target.type === 'AverageValue';
      const field = average ? 'averageValue' : 'value';
      const value = current?.object ? optionalQuantityText(current.object.current?.[field]) : UNKNOWN;
      writer.write(1, `"${named?.name ?? ''}" on ${describedObject.kind}/${describedObject.name} `);
      const title = average ? '(target average value)' : '(target value)';
      writer.field(0, title, `${value} / ${optionalQuantityText(target[field])}`);
      break;
    }
    case 'Resource':
      writer.write(1, `resource ${metric.resource.name} on pods`);
      writeResourceTarget(writer, metric.resource.target, current?.resource);
      break;
    case 'ContainerResource':
      writer.write(
        1,
        `resource ${metric.containerResource.name} of container "${metric.containerResource.container}" on pods`,
      );
      writeResourceTarget(writer, metric.containerResource.target, current?.containerResource);
      break;
    default:
      writer.write(1, `<unknown metric type ${goQuote(metric.type ?? '')}>\n`);
  }
}

function writeResourceTarget(writer: DescriptionWriter, target: Described = {}, status: Described): void {
  const { averageUtilization, averageValue } = status?.current ?? {};
  if (target.averageValue !== undefined) {
    const value = status ? optionalQuantityText(averageValue) : UNKNOWN;
    writer.write(0, `:\t${value} / ${quantityText(target.averageValue)}\n`);
    return;
  }
  const value =
    averageUtilization === undefined ? UNKNOWN : `${averageUtilization}% (${optionalQuantityText(averageValue)})`;
  const wanted = target.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`;
  writer.field(1, '(as a percentage of request)', `${value} / ${wanted}`);
}

function writeBehavior(writer: DescriptionWriter, direction: string, rules: Described): void {
  if (!rules) return;
  writer.write(1, `${direction}:\n`);
  if (rules.stabilizationWindowSeconds !== undefined)
    writer.write(2, `Stabilization Window: ${rules.stabilizationWindowSeconds} seconds\n`);
  const policies: readonly Described[] = rules.policies ?? [];
  if (policies.length === 0) return;
  writer.write(2, `Select Policy: ${rules.selectPolicy ?? 'Max'}\n`);
  writer.write(2, 'Policies:\n');
  for (const { type, value, periodSeconds } of policies)
    writer.write(3, `- Type: ${type}\tValue: ${value}\tPeriod: ${periodSeconds} seconds\n`);
}
