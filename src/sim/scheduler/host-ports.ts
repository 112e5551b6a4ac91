/** Ports of nodes that pods take (kube-scheduler `framework/types.go` HostPortInfo). */

export interface HostPort {
  ip: string;
  protocol: string;
  port: number;
}

interface Container {
  restartPolicy?: string;
  ports?: readonly { hostPort?: number; hostIP?: string; protocol?: string }[];
}

const NO_PORTS: readonly HostPort[] = Object.freeze([]);

/** The ports on the node that the pod's containers and sidecars take (schedutil GetHostPorts). */
export function hostPortsOf(spec: {
  containers?: readonly Container[];
  initContainers?: readonly Container[];
}): readonly HostPort[] {
  let ports: HostPort[] | undefined;
  const look = ({ ports: declared }: Container) => {
    for (const { hostPort, hostIP, protocol } of declared ?? [])
      if (hostPort) {
        ports ??= [];
        ports.push({ ip: hostIP || '0.0.0.0', protocol: protocol ?? 'TCP', port: hostPort });
      }
  };
  for (const container of spec.initContainers ?? []) if (container.restartPolicy === 'Always') look(container);
  for (const container of spec.containers ?? []) look(container);
  return ports ?? NO_PORTS;
}

/** Can't both be had on one node (HostPortInfo.CheckConflict)? */
export function portsConflict(a: HostPort, b: HostPort): boolean {
  if (a.port !== b.port || a.protocol !== b.protocol) return false;
  return a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0';
}
