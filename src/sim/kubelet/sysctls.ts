/** Which sysctls a pod may set without a word from whoever runs the node (kubernetes `pkg/kubelet/sysctl/{allowlist,safe_sysctls}.go`). */

const SAFE: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
]);

/** What is wrong with the first that may not be set. That pods on their node's network set none of it the API server sees to. */
export function sysctlComplaint(sysctls: readonly { name: string }[]): string | undefined {
  const bad = sysctls.map(({ name }) => dotted(name)).find((name) => !SAFE.has(name));
  return bad === undefined ? undefined : `${JSON.stringify(bad)} not allowlisted`;
}

/** Written with slashes, slashes and dots change places (NormalizeName). */
function dotted(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  if (first !== '/') return name;
  return name.replace(/[./]/g, (separator) => (separator === '/' ? '.' : '/'));
}
