/** The service that the subcommands of `create service` make (ServiceOptions). */
import { isDNS1123Subdomain, isValidPortName, isValidPortNum } from '../../../apimachinery/names';
import { CommandError } from '../../command';
import type { Generated } from '../generate';

export const tcpFlag = {
  name: 'tcp',
  type: 'stringSlice',
  usage: "Port pairs can be specified as '<port>:<targetPort>'.",
} as const;

export interface ServiceOptions {
  name: string;
  namespace: string;
  type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  tcp: readonly string[];
  clusterIP?: string;
  nodePort?: number;
  externalName?: string;
}

export function serviceObject(options: ServiceOptions): Generated {
  const { name, namespace, type, tcp, clusterIP = '', nodePort = 0, externalName = '' } = options;
  if (clusterIP !== 'None' && tcp.length === 0 && type !== 'ExternalName') {
    throw new CommandError('at least one tcp port specifier must be provided');
  }
  if (type === 'ExternalName' && isDNS1123Subdomain(externalName).length > 0) {
    throw new CommandError(`invalid service external name ${externalName}`);
  }
  const ports = tcp.map((pair) => ({
    name: pair.replaceAll(':', '-'),
    protocol: 'TCP',
    ...parsePorts(pair),
    ...(nodePort ? { nodePort } : {}),
  }));
  return {
    namespaced: true,
    ignoresSaveConfig: true,
    failure: `failed to create ${type} service: `,
    object: {
      kind: 'Service',
      apiVersion: 'v1',
      metadata: { name, ...(namespace ? { namespace } : {}), labels: { app: name } },
      spec: {
        ports,
        selector: { app: name },
        ...(clusterIP ? { clusterIP } : {}),
        type,
        ...(externalName ? { externalName } : {}),
      },
    },
  };
}

/** `80`, `80:8080`, `80:http` (parsePorts). */
function parsePorts(pair: string): { port: number; targetPort: number | string } {
  const [first = '', second] = pair.split(':');
  const port = parsePort(first);
  if (second === undefined) return { port, targetPort: port };
  const named = !/^[+-]?\d+$/.test(second);
  const complaints = named ? isValidPortName(second) : isValidPortNum(Number(second));
  if (complaints.length > 0) throw new CommandError(complaints.join(','));
  return { port, targetPort: named ? second : Number(second) };
}

/** A number that fits into 16 bits, 0 among them (utilsnet.ParsePort). */
function parsePort(text: string): number {
  const complain = (why: string) => new CommandError(`strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`);
  if (!/^\d+$/.test(text)) throw complain('invalid syntax');
  const port = Number(text);
  if (port > 65_535) throw complain('value out of range');
  return port;
}
