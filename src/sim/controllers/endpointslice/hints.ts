/** Hints that keep traffic in its zone or on its node, for services that ask for it (endpointslice `trafficdist/trafficdist.go`). */
import { deepEqual, type Json } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import type { Endpoint, SlicePlan } from './reconcile';

/** Sets the hints of all slices in a plan, and adds those to it whose hints alone are wrong (ReconcileHints). */
export function applyHints(service: KubeObject, plan: SlicePlan, existing: readonly KubeObject[]): void {
  const distribution: string | undefined = service['spec'].trafficDistribution;
  const byNode = distribution === 'PreferSameNode';
  const byZone = byNode || distribution === 'PreferClose' || distribution === 'PreferSameZone';
  for (const slice of [...plan.create, ...plan.update])
    slice['endpoints'] = slice['endpoints'].map((endpoint: Endpoint) => hinted(endpoint, byZone, byNode));
  const touched = new Set([...plan.update, ...plan.delete].map((slice) => slice.metadata.name));
  for (const slice of existing) {
    if (touched.has(slice.metadata.name)) continue;
    const present: Endpoint[] = slice['endpoints'] ?? [];
    const endpoints = present.map((endpoint) => hinted(endpoint, byZone, byNode));
    if (!deepEqual(endpoints as unknown as Json, present as unknown as Json)) plan.update.push({ ...slice, endpoints });
  }
}

/** An endpoint with the hints it should have; one that is not ready keeps what it has while hints are wanted. */
function hinted(endpoint: Endpoint, byZone: boolean, byNode: boolean): Endpoint {
  if (byZone && !endpoint.conditions?.ready) return endpoint;
  const { hints: _, ...bare } = endpoint;
  const hints = {
    ...(byZone && endpoint.zone ? { forZones: [{ name: endpoint.zone }] } : {}),
    ...(byNode && endpoint.nodeName ? { forNodes: [{ name: endpoint.nodeName }] } : {}),
  };
  return Object.keys(hints).length > 0 ? { ...bare, hints } : bare;
}
