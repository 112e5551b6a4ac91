/** A pod template, as `rollout history` and the descriptions of workloads show it (kubectl describe.go DescribePodTemplate). */
import { compareStrings } from '../../apimachinery/json-text';
import { type LabelSelectorObject, selectorOf } from '../../apimachinery/labels';
import type { KubeObject } from '../../apimachinery/meta';
import { writeContainers } from './containers';
import { writeAnnotations, writeLabels, writeTolerations } from './maps';
import { writeVolumes } from './volumes';
import { DescriptionWriter } from './writer';

/** The template's text by itself, its tabs as they are. */
export function podTemplateText(template: KubeObject): string {
  const writer = new DescriptionWriter();
  writePodTemplate(writer, template);
  return writer.toString();
}

export function writePodTemplate(writer: DescriptionWriter, template: KubeObject | undefined): void {
  writer.write(0, 'Pod Template:\n');
  if (!template) {
    writer.write(1, '<unset>');
    return;
  }
  const { labels, annotations } = template.metadata ?? {};
  const spec = template['spec'] ?? {};
  const indent = '  ';
  writeLabels(writer, '  Labels', labels);
  if (annotations && Object.keys(annotations).length > 0) writeAnnotations(writer, '  Annotations', annotations);
  if (spec.serviceAccountName) writer.write(1, `Service Account:\t${spec.serviceAccountName}\n`);
  if (spec.initContainers?.length > 0)
    writeContainers(writer, { label: 'Init Containers', containers: spec.initContainers, indent });
  writeContainers(writer, { label: 'Containers', containers: spec.containers ?? [], indent });
  writeVolumes(writer, spec.volumes, indent);
  writeTopologySpread(writer, spec.topologySpreadConstraints, indent);
  if (spec.priorityClassName) writer.write(1, `Priority Class Name:\t${spec.priorityClassName}\n`);
  writeLabels(writer, '  Node-Selectors', spec.nodeSelector);
  writeTolerations(writer, '  Tolerations', spec.tolerations);
  writeSchedulingGroup(writer, spec.schedulingGroup, indent);
}

export function writeSchedulingGroup(
  writer: DescriptionWriter,
  group: { podGroupName?: string } | undefined,
  indent: string,
): void {
  if (!group) return;
  writer.write(0, `${indent}SchedulingGroup:\n`);
  writer.write(1, `PodGroupName:\t${group.podGroupName ?? ''}\n`);
}

interface SpreadConstraint {
  topologyKey: string;
  whenUnsatisfiable: string;
  maxSkew: number;
  labelSelector?: LabelSelectorObject;
}

export function writeTopologySpread(
  writer: DescriptionWriter,
  constraints: readonly SpreadConstraint[] = [],
  indent: string,
): void {
  if (constraints.length === 0) return;
  const sorted = [...constraints].sort((a, b) => compareStrings(a.topologyKey, b.topologyKey));
  writer.write(0, `${indent}Topology Spread Constraints:\t`);
  for (const [i, { topologyKey, whenUnsatisfiable, maxSkew, labelSelector }] of sorted.entries()) {
    const selector = labelSelector ? ` for selector ${selectorOf(labelSelector) || '<none>'}` : '';
    const before = i === 0 ? '' : `${indent}\t`;
    writer.write(0, `${before}${topologyKey}:${whenUnsatisfiable} when max skew ${maxSkew} is exceeded${selector}\n`);
  }
}
