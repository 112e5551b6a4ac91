/**
 * Resource claims (`plugins/dynamicresources/dynamicresources.go`): a pod waits until its claims are there and allocated, and
 * goes where they were allocated. Nobody allocates devices here. Pods without claims, which is most, are told of in the message.
 */
import type { KubeObject } from '../../../apimachinery/meta';
import type { ClusterView } from '../cluster-view';
import type { NodeInfo } from '../node-info';
import { anyOfTerms, type NodeSelectorTerm } from '../node-selector';
import { type Plugin, type Rejection, resolvable, unresolvable } from '../plugin';
import type { PodInfo } from '../pod-info';

/** What PostFilter says of a pod that has no claim that could be given back. */
export const NO_CLAIMS = 'no new claims to deallocate';
const CANNOT_ALLOCATE = resolvable('cannot allocate all claims');
const ELSEWHERE = unresolvable('resourceclaim not available on the node');

interface PodClaim {
  name: string;
  resourceClaimName?: string;
  resourceClaimTemplateName?: string;
}

export function dynamicResources(view: ClusterView): Plugin {
  const events = ['Add', 'Update'] as const;
  return {
    name: 'DynamicResources',
    events: [
      {
        resource: 'ResourceClaim',
        actions: events,
        helps: ({ namespace }, { after }) => after?.metadata.namespace === namespace,
      },
      { resource: 'Node', actions: ['Add', 'UpdateNodeLabel'] },
    ],
    preEnqueue(pod) {
      const found = claimsOf(view, pod);
      return typeof found === 'string' ? found : undefined;
    },
    filterFor(pod) {
      const claims = claimsOf(view, pod);
      if (typeof claims === 'string') return { rejection: unresolvable(claims) };
      if (claims.length === 0) return undefined;
      return {
        filter: (node) => {
          for (const claim of claims) {
            const rejection = rejectionOf(claim, node);
            if (rejection) return rejection;
          }
          return undefined;
        },
        explain: (node) =>
          claims
            .filter((claim) => rejectionOf(claim, node))
            .map(({ metadata, status }) => ({
              text: `claim ${metadata.name} is ${status?.allocation ? 'allocated elsewhere' : 'not allocated'}`,
              values: { claim: metadata.name ?? '', allocated: status?.allocation !== undefined },
            })),
      };
    },
  };
}

function rejectionOf(claim: KubeObject, node: NodeInfo): Rejection | undefined {
  const allocation = claim['status']?.allocation;
  if (!allocation) return CANNOT_ALLOCATE;
  const terms: NodeSelectorTerm[] | undefined = allocation.nodeSelector?.nodeSelectorTerms;
  return terms && !anyOfTerms(terms)(node) ? ELSEWHERE : undefined;
}

/** The claims of a pod, or what is wrong with them (foreachPodResourceClaim). */
function claimsOf({ objects }: ClusterView, { pod, namespace, name }: PodInfo): KubeObject[] | string {
  const wanted: PodClaim[] | undefined = pod['spec'].resourceClaims;
  if (!wanted?.length) return NONE;
  const made: { name: string; resourceClaimName?: string }[] = pod['status']?.resourceClaimStatuses ?? [];
  const found: KubeObject[] = [];
  for (const one of wanted) {
    const claimName = one.resourceClaimName ?? made.find((status) => status.name === one.name)?.resourceClaimName;
    if (!claimName) return `pod "${namespace}/${name}": ResourceClaim not created yet`;
    const claim = objects.get('resourceclaims.resource.k8s.io', namespace, claimName);
    if (!claim) return `resourceclaim.resource.k8s.io "${claimName}" not found`;
    if (claim.metadata.deletionTimestamp) return `resourceclaim "${claimName}" is being deleted`;
    found.push(claim);
  }
  return found;
}

const NONE: KubeObject[] = [];
