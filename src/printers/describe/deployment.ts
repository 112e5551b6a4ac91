/** A Deployment described (kubectl describe.go describeDeployment). */
import type { KubeObject } from '../../apimachinery/meta';
import { writeEvents } from './events';
import { writePodTemplate } from './pod-template';
import { plainSelectorText, rfc1123 } from './values';
import { writeLabelsAndAnnotations, writeName, writeReplicaConditions } from './workload';
import { type Described, described, type Related } from './writer';

export interface DeploymentRelated extends Related {
  oldReplicaSets: readonly KubeObject[];
  newReplicaSet?: KubeObject | undefined;
}

export function describeDeployment(deployment: Described, related: DeploymentRelated): string {
  const { metadata, spec = {}, status = {} } = deployment;
  const { oldReplicaSets, newReplicaSet } = related;
  return described((writer) => {
    writeName(writer, deployment);
    writer.field(0, 'CreationTimestamp', rfc1123(metadata.creationTimestamp));
    writeLabelsAndAnnotations(writer, deployment);
    writer.field(0, 'Selector', plainSelectorText(spec.selector));
    writer.field(
      0,
      'Replicas',
      `${spec.replicas ?? 0} desired | ${status.updatedReplicas ?? 0} updated | ${status.replicas ?? 0} total | ${status.availableReplicas ?? 0} available | ${status.unavailableReplicas ?? 0} unavailable`,
    );
    writer.field(0, 'StrategyType', spec.strategy?.type ?? '');
    writer.field(0, 'MinReadySeconds', spec.minReadySeconds ?? 0);
    const rolling = spec.strategy?.rollingUpdate;
    if (rolling) {
      const { maxUnavailable = '<nil>', maxSurge = '<nil>' } = rolling;
      writer.field(0, 'RollingUpdateStrategy', `${maxUnavailable} max unavailable, ${maxSurge} max surge`);
    }
    writePodTemplate(writer, spec.template);
    writeReplicaConditions(writer, status.conditions);
    if (oldReplicaSets.length > 0 || newReplicaSet) {
      writer.field(0, 'OldReplicaSets', replicaSetsText(oldReplicaSets));
      writer.field(0, 'NewReplicaSet', replicaSetsText(newReplicaSet ? [newReplicaSet] : []));
    }
    writeEvents(writer, related);
  });
}

function replicaSetsText(replicaSets: readonly Described[]): string {
  const texts = replicaSets.map(
    ({ metadata, spec, status }) =>
      `${metadata.name} (${status?.replicas ?? 0}/${spec.replicas ?? 0} replicas created)`,
  );
  return texts.join(', ') || '<none>';
}
