/** The proxy modes, each loaded when first asked for. */
import type { ProxyMode } from './mode';
import type { ProxyModeName } from './settings';

const MODES: Readonly<Partial<Record<ProxyModeName, () => Promise<ProxyMode>>>> = {
  iptables: async () => (await import('./iptables/proxy')).IPTABLES,
  nftables: async () => (await import('./nftables/proxy')).NFTABLES,
  ipvs: async () => (await import('./ipvs/proxy')).IPVS,
  userspace: async () => (await import('./userspace/proxy')).USERSPACE,
};

/** Those that are there. */
export function modeNames(): ProxyModeName[] {
  return Object.keys(MODES) as ProxyModeName[];
}

export async function loadMode(name: ProxyModeName): Promise<ProxyMode> {
  const load = MODES[name];
  if (!load) throw new Error(`there is no proxy mode ${name}`);
  return load();
}
