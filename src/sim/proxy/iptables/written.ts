/** What is kept of the rules that were written for a service: those in shared chains, and the text of all. */
import type { ServiceView } from '../../network/model';
import type { ProxySituation } from '../mode';
import type { ServicePort } from '../service-port';
import { type Rule, rulesText } from './rule';
import { portRules } from './service-rules';

export interface Written {
  readonly service: ServiceView;
  readonly noComments: boolean;
  readonly filter: readonly Rule[];
  readonly shared: readonly Rule[];
  readonly chains: readonly string[];
  readonly ownCount: number;
  readonly texts: { readonly filter: string; readonly shared: string; readonly own: string };
}

/** The texts of so many services are put together once. */
export const BLOCK = 100;

export function writtenOf(
  service: ServiceView,
  ports: readonly ServicePort[],
  situation: ProxySituation,
  noComments: boolean,
): Written {
  const written = ports.map((port) => portRules(port, situation, noComments));
  const filter = written.flatMap((port) => port.filter);
  const shared = written.flatMap((port) => port.shared);
  const own = written.flatMap((port) => port.own);
  return {
    ...{ service, noComments, filter, shared, ownCount: own.length },
    chains: written.flatMap(({ chains }) => chains),
    texts: { filter: rulesText(filter), shared: rulesText(shared), own: rulesText(own) },
  };
}
