/**
 * ServiceAccount: every pod runs as one, gets its token mounted and pulls with its secrets (kubernetes
 * `plugin/pkg/admission/serviceaccount/admission.go`).
 */
import type { KubeObject } from '../../apimachinery/meta';
import type { Revision } from '../../store/store';
import type { ServerCore } from '../request-context';
import { objectKey, resourcePrefix } from '../stored';
import { admissionForbidden } from './forbidden';
import type { AdmissionAttributes, AdmissionPlugin } from './plugin';

const MIRROR_POD_ANNOTATION = 'kubernetes.io/config.mirror';
const ENFORCE_MOUNTABLE_SECRETS = 'kubernetes.io/enforce-mountable-secrets';
const VOLUME_NAME_PREFIX = 'kube-api-access-';
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
/** An hour, and seven seconds by which the token is known to have been asked for by this plugin. */
const TOKEN_EXPIRATION_SECONDS = 3607;

export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',

  handles(operation, { info }, subresource) {
    if (info.group !== '' || info.plural !== 'pods') return false;
    return (
      (operation === 'CREATE' && subresource === '') ||
      (operation === 'UPDATE' && subresource === 'ephemeralcontainers')
    );
  },

  async admit(attributes) {
    const pod = attributes.object as KubeObject;
    if (attributes.operation !== 'CREATE' || isMirrorPod(pod)) return;
    const spec = pod['spec'] as PodSpec;
    spec.serviceAccountName ||= 'default';
    // The old name of the field goes along, as conversion has it.
    spec.serviceAccount = spec.serviceAccountName;
    const account = await accountOf(attributes, spec);
    if (spec.automountServiceAccountToken ?? account['automountServiceAccountToken'] ?? true)
      mountToken(attributes, spec, await attributes.core.store.revision());
    const pullSecrets: { name: string }[] = account['imagePullSecrets'] ?? [];
    if (!spec.imagePullSecrets?.length && pullSecrets.length)
      spec.imagePullSecrets = pullSecrets.map(({ name }) => ({ name }));
  },

  async validate(attributes) {
    const pod = attributes.object as KubeObject;
    const spec = pod['spec'] as PodSpec;
    if (attributes.operation === 'CREATE' && isMirrorPod(pod)) return validateMirrorPod(attributes, spec);
    if (!spec.serviceAccountName)
      throw admissionForbidden(
        attributes,
        `no service account specified for pod ${attributes.namespace}/${pod.metadata.name ?? ''}`,
      );
    const account = await accountOf(attributes, spec);
    if (!enforcesMountableSecrets(account)) return;
    const complaint =
      attributes.operation === 'CREATE'
        ? forbiddenSecret(account, spec)
        : forbiddenEnvironment(account, 'ephemeral container', spec.ephemeralContainers);
    if (complaint) throw admissionForbidden(attributes, complaint);
  },

  grounds({ core, namespace, object }, body) {
    const { metadata, spec } = object as KubeObject;
    if (!spec.serviceAccountName) return undefined;
    const unchanged = [objectKey(resourcePrefix('', 'serviceaccounts'), namespace, spec.serviceAccountName)];
    const text = tokenVolumeIn(spec)?.name;
    if (text === undefined || tokenVolumeIn(body['spec'] as PodSpec | undefined)) return { unchanged };
    const draw = (revision: Revision) => drawVolumeName(core, namespace, metadata.generateName ?? '', revision);
    return { unchanged, lot: { text, draw } };
  },
};

interface PodSpec {
  serviceAccountName?: string;
  serviceAccount?: string;
  automountServiceAccountToken?: boolean;
  imagePullSecrets?: { name: string }[];
  volumes?: Volume[];
  containers?: Container[];
  initContainers?: Container[];
  ephemeralContainers?: Container[];
}

interface Volume {
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: one of some thirty kinds of volume
  [source: string]: any;
}

interface Container {
  name: string;
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
  env?: { name: string; valueFrom?: { secretKeyRef?: { name?: string } } }[];
  envFrom?: { secretRef?: { name?: string } }[];
}

function isMirrorPod({ metadata }: KubeObject): boolean {
  return metadata.annotations !== undefined && Object.hasOwn(metadata.annotations, MIRROR_POD_ANNOTATION);
}

async function accountOf(attributes: AdmissionAttributes, spec: PodSpec): Promise<KubeObject> {
  const { core, namespace } = attributes;
  const name = spec.serviceAccountName as string;
  let account = await core.reader.get('', 'serviceaccounts', namespace, name);
  // getServiceAccount looks ten times for the one that every namespace gets, with pauses.
  if (!account && name === 'default' && core.awaitDefaultAccount) {
    await core.awaitDefaultAccount(namespace);
    account = await core.reader.get('', 'serviceaccounts', namespace, name);
  }
  if (account) return account;
  throw admissionForbidden(
    attributes,
    `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
  );
}

/** Mounts the account's token in every container that has nothing else there, and adds the volume if one does. */
function mountToken({ core, namespace, object }: AdmissionAttributes, spec: PodSpec, revision: number): void {
  const existing = tokenVolumeIn(spec);
  const { name = '', generateName = '' } = (object as KubeObject).metadata;
  const volumeName = existing?.name ?? drawVolumeName(core, namespace, name || generateName, revision);
  let needed = false;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    const mounts = container.volumeMounts ?? [];
    if (mounts.some((mount) => mount.mountPath === MOUNT_PATH)) continue;
    container.volumeMounts = [...mounts, { name: volumeName, readOnly: true, mountPath: MOUNT_PATH }];
    needed = true;
  }
  if (needed && !existing) spec.volumes = [...(spec.volumes ?? []), { name: volumeName, projected: tokenVolume() }];
}

function tokenVolumeIn(spec: PodSpec | undefined): Volume | undefined {
  return spec?.volumes?.find((volume) => volume.name.startsWith(VOLUME_NAME_PREFIX));
}

/** @param name the pod's, or what it is generated from */
function drawVolumeName({ random }: ServerCore, namespace: string, name: string, revision: Revision): string {
  return VOLUME_NAME_PREFIX + random.fork('kube-api-access', namespace, name, revision).suffix(5);
}

function tokenVolume() {
  return {
    sources: [
      { serviceAccountToken: { expirationSeconds: TOKEN_EXPIRATION_SECONDS, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
    defaultMode: 420,
  };
}

function validateMirrorPod(attributes: AdmissionAttributes, spec: PodSpec): void {
  if (spec.serviceAccountName) throw admissionForbidden(attributes, 'a mirror pod may not reference service accounts');
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
  const inEnvironment = containers.some(
    ({ env, envFrom }) => env?.some((one) => one.valueFrom?.secretKeyRef) || envFrom?.some((one) => one.secretRef),
  );
  const inVolumes = spec.volumes?.some(
    (volume) => volume['secret'] || volume['projected']?.sources?.some((source: { secret?: unknown }) => source.secret),
  );
  if (inEnvironment || inVolumes || spec.imagePullSecrets?.length)
    throw admissionForbidden(attributes, 'a mirror pod may not reference secrets');
  const hasToken = spec.volumes?.some((volume) =>
    volume['projected']?.sources?.some((source: { serviceAccountToken?: unknown }) => source.serviceAccountToken),
  );
  if (hasToken) throw admissionForbidden(attributes, 'a mirror pod may not use ServiceAccountToken volume projections');
}

function enforcesMountableSecrets({ metadata }: KubeObject): boolean {
  const value = metadata.annotations?.[ENFORCE_MOUNTABLE_SECRETS];
  // strconv.ParseBool
  return value !== undefined && ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(value);
}

/** limitSecretReferences: the first secret that the account does not list. */
function forbiddenSecret(account: KubeObject, spec: PodSpec): string | undefined {
  const name = account.metadata.name;
  const mountable = secretsOf(account);
  for (const volume of spec.volumes ?? []) {
    const secret = volume['secret']?.secretName;
    if (volume['secret'] && !mountable.has(secret ?? ''))
      return `volume with secret.secretName="${secret ?? ''}" is not allowed because service account ${name} does not reference that secret`;
  }
  const complaint =
    forbiddenEnvironment(account, 'init container', spec.initContainers) ??
    forbiddenEnvironment(account, 'container', spec.containers);
  if (complaint) return complaint;
  const pullSecrets = new Set(((account['imagePullSecrets'] ?? []) as { name: string }[]).map((one) => one.name));
  const index = (spec.imagePullSecrets ?? []).findIndex((one) => !pullSecrets.has(one.name));
  if (index < 0) return undefined;
  return `imagePullSecrets[${index}].name="${spec.imagePullSecrets?.[index]?.name}" is not allowed because service account ${name} does not reference that imagePullSecret`;
}

function forbiddenEnvironment(
  account: KubeObject,
  what: string,
  containers: readonly Container[] | undefined,
): string | undefined {
  const mountable = secretsOf(account);
  const because = `is not allowed because service account ${account.metadata.name} does not reference that secret`;
  for (const { name, env = [], envFrom = [] } of containers ?? []) {
    for (const variable of env) {
      const secret = variable.valueFrom?.secretKeyRef;
      if (secret && !mountable.has(secret.name ?? ''))
        return `${what} ${name} with envVar ${variable.name} referencing secret.secretName="${secret.name ?? ''}" ${because}`;
    }
    for (const { secretRef } of envFrom)
      if (secretRef && !mountable.has(secretRef.name ?? ''))
        return `${what} ${name} with envFrom referencing secret.secretName="${secretRef.name ?? ''}" ${because}`;
  }
  return undefined;
}

function secretsOf(account: KubeObject): Set<string> {
  return new Set(((account['secrets'] ?? []) as { name: string }[]).map((one) => one.name));
}
