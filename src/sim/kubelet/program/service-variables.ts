/** Where services are, as containers find it in their environment (kubernetes `pkg/kubelet/envvars/envvars.go`, kubelet_pods.go getServiceEnvVarMap). */
import type { KubeObject } from '../../../apimachinery/meta';
import { parseTime } from '../../../apimachinery/time';
import type { Instant } from '../../clock';

interface ServicePort {
  name?: string;
  port: number;
  protocol?: string;
}

/** Of the services that there were when the container started: those beside its pod, and the API's. */
export function serviceVariables(
  pod: KubeObject,
  services: readonly KubeObject[],
  startedAt: Instant,
): Map<string, string> {
  const variables = new Map<string, string>();
  const { namespace = '' } = pod.metadata;
  const links = pod['spec']?.enableServiceLinks !== false;
  const isApi = ({ metadata }: KubeObject) => metadata.namespace === 'default' && metadata.name === 'kubernetes';
  for (const service of services) {
    const { metadata, spec } = service;
    const isMeant = (links && metadata.namespace === namespace) || isApi(service);
    const was = (parseTime(metadata.creationTimestamp ?? '') ?? 0) <= startedAt;
    const { clusterIP = '', ports = [] } = (spec ?? {}) as { clusterIP?: string; ports?: ServicePort[] };
    if (isMeant && was && clusterIP !== '' && clusterIP !== 'None')
      add(variables, metadata.name ?? '', clusterIP, ports);
  }
  return variables;
}

function add(variables: Map<string, string>, service: string, ip: string, ports: readonly ServicePort[]): void {
  const [first] = ports;
  if (!first) return;
  const name = variableName(service);
  variables.set(`${name}_SERVICE_HOST`, ip);
  variables.set(`${name}_SERVICE_PORT`, String(first.port));
  for (const port of ports)
    if (port.name) variables.set(`${name}_SERVICE_PORT_${variableName(port.name)}`, String(port.port));
  const address = ip.includes(':') ? `[${ip}]` : ip;
  for (const { port, protocol = 'TCP' } of ports) {
    const url = `${protocol.toLowerCase()}://${address}:${port}`;
    if (port === first.port) variables.set(`${name}_PORT`, url);
    const prefix = `${name}_PORT_${port}_${protocol}`;
    variables.set(prefix, url);
    variables.set(`${prefix}_PROTO`, protocol.toLowerCase());
    variables.set(`${prefix}_PORT`, String(port));
    variables.set(`${prefix}_ADDR`, ip);
  }
}

function variableName(text: string): string {
  const name = text.replace(/[-.]/g, '_').toUpperCase();
  return /^\d/.test(name) ? `_${name}` : name;
}
