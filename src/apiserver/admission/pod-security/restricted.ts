/** What the level `restricted` asks for beyond `baseline` (k8s.io/pod-security-admission `policy/check_*.go`). */
import { procMount, seccompProfile } from './baseline';
import type { Check, Complaint } from './check';
import { type Container, containers, containersOf, type Judged, namesOf, plural, quoted, setters, sorted } from './pod';

type Judge = Check['versions'][number]['judge'];

const complaint = (reason: string, detail: string): Complaint => ({ reason, detail });
/** What Windows doesn't know can't be asked of its pods. */
const exceptOnWindows =
  (judge: Judge): Judge =>
  (pod) =>
    pod.spec.os?.name === 'windows' ? undefined : judge(pod);
/** Root in a user namespace of its own is nobody outside of it. */
const exceptInUserNamespaces =
  (judge: Judge): Judge =>
  (pod) =>
    pod.spec.hostUsers === false ? undefined : judge(pod);

function allowPrivilegeEscalation({ spec }: Judged): Complaint | undefined {
  const bad = namesOf(spec, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (bad.length === 0) return undefined;
  return complaint(
    'allowPrivilegeEscalation != false',
    `${containers(bad)} must set securityContext.allowPrivilegeEscalation=false`,
  );
}

function capabilities({ spec }: Judged): Complaint | undefined {
  const keeping = namesOf(spec, ({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'));
  const added = ({ securityContext }: Container) =>
    (securityContext?.capabilities?.add ?? []).filter((one) => one !== 'NET_BIND_SERVICE');
  const adding = namesOf(spec, (container) => added(container).length > 0);
  const details = [];
  if (keeping.length > 0) details.push(`${containers(keeping)} must set securityContext.capabilities.drop=["ALL"]`);
  if (adding.length > 0) {
    const what = sorted(containersOf(spec).flatMap(added));
    details.push(`${containers(adding)} must not include ${quoted(what)} in securityContext.capabilities.add`);
  }
  return details.length > 0 ? complaint('unrestricted capabilities', details.join('; ')) : undefined;
}

const VOLUME_TYPES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
/** In the order that they are looked for. */
const RESTRICTED_VOLUME_TYPES = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'gitRepo',
  'nfs',
  'iscsi',
  'glusterfs',
  'rbd',
  'flexVolume',
  'cinder',
  'cephfs',
  'flocker',
  'fc',
  'azureFile',
  'vsphereVolume',
  'quobyte',
  'azureDisk',
  'photonPersistentDisk',
  'portworxVolume',
  'scaleIO',
  'storageos',
];

function volumes({ spec }: Judged): Complaint | undefined {
  const bad = (spec.volumes ?? []).filter((volume) => !VOLUME_TYPES.some((type) => volume[type] !== undefined));
  if (bad.length === 0) return undefined;
  const types = sorted(
    bad.map((volume) => RESTRICTED_VOLUME_TYPES.find((type) => volume[type] !== undefined) ?? 'unknown'),
  );
  const names = bad.map(({ name = '' }) => name);
  const words = [
    plural('volume', 'volumes', names.length),
    quoted(names),
    plural('uses', 'use', names.length),
    plural('restricted volume type', 'restricted volume types', types.length),
    quoted(types),
  ];
  return complaint('restricted volume types', words.join(' '));
}

function runAsNonRoot({ spec }: Judged): Complaint | undefined {
  const pod = spec.securityContext?.runAsNonRoot;
  const who = setters(
    pod === false,
    namesOf(spec, ({ securityContext }) => securityContext?.runAsNonRoot === false),
  );
  const reason = 'runAsNonRoot != true';
  if (who.length > 0) return complaint(reason, `${who.join(' and ')} must not set securityContext.runAsNonRoot=false`);
  if (pod === true) return undefined;
  const silent = namesOf(spec, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (silent.length === 0) return undefined;
  return complaint(reason, `pod or ${containers(silent)} must set securityContext.runAsNonRoot=true`);
}

function runAsUser({ spec }: Judged): Complaint | undefined {
  const isRoot = (user: number | bigint | undefined) => user !== undefined && Number(user) === 0;
  const who = setters(
    isRoot(spec.securityContext?.runAsUser),
    namesOf(spec, ({ securityContext }) => isRoot(securityContext?.runAsUser)),
  );
  return who.length > 0 ? complaint('runAsUser=0', `${who.join(' and ')} must not set runAsUser=0`) : undefined;
}

function seccomp(pod: Judged): Complaint | undefined {
  const forbidden = seccompProfile(pod);
  if (forbidden || pod.spec.securityContext?.seccompProfile) return forbidden;
  const silent = namesOf(pod.spec, ({ securityContext }) => !securityContext?.seccompProfile);
  if (silent.length === 0) return undefined;
  return complaint(
    'seccompProfile',
    `pod or ${containers(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  );
}

/** Sorted by id, as they are told. */
export const RESTRICTED_CHECKS: readonly Check[] = [
  {
    id: 'allowPrivilegeEscalation',
    versions: [
      { since: 8, judge: allowPrivilegeEscalation },
      { since: 25, judge: exceptOnWindows(allowPrivilegeEscalation) },
    ],
  },
  {
    id: 'capabilities_restricted',
    overrides: 'capabilities_baseline',
    versions: [
      { since: 22, judge: capabilities },
      { since: 25, judge: exceptOnWindows(capabilities) },
    ],
  },
  { id: 'procMount_restricted', overrides: 'procMount', versions: [{ since: 35, judge: procMount }] },
  { id: 'restrictedVolumes', overrides: 'hostPathVolumes', versions: [{ since: 0, judge: volumes }] },
  {
    id: 'runAsNonRoot',
    versions: [
      { since: 0, judge: runAsNonRoot },
      { since: 35, judge: exceptInUserNamespaces(runAsNonRoot) },
    ],
  },
  {
    id: 'runAsUser',
    versions: [
      { since: 23, judge: runAsUser },
      { since: 35, judge: exceptInUserNamespaces(runAsUser) },
    ],
  },
  {
    id: 'seccompProfile_restricted',
    overrides: 'seccompProfile_baseline',
    versions: [
      { since: 19, judge: seccomp },
      { since: 25, judge: exceptOnWindows(seccomp) },
    ],
  },
];
