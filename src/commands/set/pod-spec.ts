/** The pod spec in whatever runs pods (kubectl pkg/polymorphichelpers/updatepodspec.go), and its containers. */
import { type KubeObject, parseGroupVersion } from '../../apimachinery/meta';
import { CommandError } from '../command';

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: {
    fieldRef?: { fieldPath: string };
    resourceFieldRef?: { containerName?: string; resource: string; divisor?: string };
    configMapKeyRef?: { name?: string; key: string };
    secretKeyRef?: { name?: string; key: string };
  };
}

export interface Container {
  name: string;
  image?: string;
  env?: EnvVar[];
  resources?: { limits?: Record<string, string>; requests?: Record<string, string> };
}

export interface PodSpec {
  containers?: Container[];
  initContainers?: Container[];
  serviceAccountName?: string;
}

const TEMPLATED = [
  'ReplicationController',
  'Deployment.apps',
  'DaemonSet.apps',
  'ReplicaSet.apps',
  'StatefulSet.apps',
  'Job.batch',
];

/** The pod spec of a typed object, to be changed in place. Throws for what runs no pods. */
export function podSpecOf(object: KubeObject): PodSpec {
  const { group, version } = parseGroupVersion(object.apiVersion);
  const kind = group === '' ? object.kind : `${object.kind}.${group}`;
  if (kind === 'Pod') return object.spec;
  if (kind === 'CronJob.batch') return object.spec.jobTemplate.spec.template.spec;
  if (!TEMPLATED.includes(kind)) {
    throw new CommandError(`the object is not a pod or does not have a pod template: *${version}.${object.kind}`);
  }
  // A replication controller may do without a template.
  object.spec.template ??= { metadata: {}, spec: { containers: null } };
  return object.spec.template.spec;
}

/** Containers and then init containers whose names match, in which `*` stands for anything (selectContainers). */
export function selectContainers({ containers, initContainers }: PodSpec, pattern: string): Container[] {
  return [...(containers ?? []), ...(initContainers ?? [])].filter(({ name }) => matchesName(name, pattern));
}

/** Looks for the parts of the pattern one after another, with no way back (selectString). */
function matchesName(name: string, pattern: string): boolean {
  if (pattern === '*') return true;
  if (!pattern.includes('*')) return name === pattern;
  let position = 0;
  const parts = pattern.split('*');
  for (const [i, part] of parts.entries()) {
    if (part === '') continue;
    const next = name.slice(position).indexOf(part);
    const startsElsewhere = i === 0 && position !== 0;
    const endsElsewhere = i === parts.length - 1 && name.length !== part.length + next;
    if (next < position || startsElsewhere || endsElsewhere) return false;
    position = next;
  }
  return true;
}
