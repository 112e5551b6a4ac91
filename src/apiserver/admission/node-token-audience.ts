/**
 * For whom a kubelet may ask for a pod's token: for whom the pod, or a driver of its volumes, needs one (kubernetes
 * `plugin/pkg/admission/noderestriction/admission.go` validateNodeServiceAccountAudience).
 */
import type { KubeObject } from '../../apimachinery/meta';
import { decide } from '../authorization';
import type { ResourceReader } from '../resource';
import type { AdmissionAttributes } from './plugin';

const VERB = 'request-serviceaccounts-token-audience';

/** What is wrong with it. @param pod what the token is bound to */
export async function audienceComplaint(attributes: AdmissionAttributes, pod: KubeObject): Promise<string | undefined> {
  const { core, user, namespace, name, object } = attributes;
  const [audience = '', ...others]: string[] = object?.['spec']?.audiences ?? [];
  if (others.length > 0) return 'node may only request 0 or 1 audiences';
  if (await needsTokenFor(core.reader, pod, audience)) return undefined;
  const asked = { verb: VERB, group: '', version: 'v1', resource: audience, subresource: '', namespace, name };
  const { allowed } = await decide(core.authorizer, user, { isResourceRequest: true, path: '', ...asked });
  if (allowed) return undefined;
  return `audience ${JSON.stringify(audience)} not found in pod spec volume, ${user.name} is not authorized to request tokens for this audience`;
}

interface Volume {
  name: string;
  projected?: { sources?: { serviceAccountToken?: { audience?: string } }[] };
  csi?: { driver?: string };
  persistentVolumeClaim?: { claimName?: string };
  ephemeral?: object;
}

/** podReferencesAudience */
async function needsTokenFor(read: ResourceReader, pod: KubeObject, audience: string): Promise<boolean> {
  const volumes: Volume[] = pod['spec'].volumes ?? [];
  for (const volume of volumes) {
    const tokens = (volume.projected?.sources ?? []).flatMap(({ serviceAccountToken }) => serviceAccountToken ?? []);
    if (tokens.some((token) => (token.audience ?? '') === audience)) return true;
    const driver = volume.csi?.driver ?? (await driverOfClaim(read, pod, volume));
    if (driver && (await driverNeeds(read, driver, audience))) return true;
  }
  return false;
}

async function driverOfClaim(read: ResourceReader, { metadata }: KubeObject, volume: Volume): Promise<string> {
  const { namespace = '', name = '' } = metadata;
  const claimName =
    volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral ? `${name}-${volume.name}` : undefined);
  if (!claimName) return '';
  const claim = await read.get('', 'persistentvolumeclaims', namespace, claimName);
  const volumeName: string = claim?.['spec'].volumeName ?? '';
  const found = volumeName ? await read.get('', 'persistentvolumes', '', volumeName) : undefined;
  return found?.['spec'].csi?.driver ?? '';
}

async function driverNeeds(read: ResourceReader, driver: string, audience: string): Promise<boolean> {
  const found = await read.get('storage.k8s.io', 'csidrivers', '', driver);
  const requests: { audience?: string }[] = found?.['spec']?.tokenRequests ?? [];
  return requests.some((request) => (request.audience ?? '') === audience);
}
