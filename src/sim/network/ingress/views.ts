/** Ingresses and their classes, read. */
import type { KubeObject } from '../../../apimachinery/meta';
import { keyOf } from '../../resource-names';

export interface IngressView {
  /** `namespace/name` */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  /** spec.ingressClassName, or the older annotation; undefined: the default class takes it. */
  readonly className: string | undefined;
  readonly defaultBackend: IngressBackendView | undefined;
  readonly rules: readonly IngressRuleView[];
  readonly tls: readonly { readonly hosts: readonly string[]; readonly secretName: string }[];
  /** status.loadBalancer.ingress: addresses or hostnames. */
  readonly addresses: readonly string[];
  /** RFC 3339; the older of two ingresses wins. */
  readonly created: string;
}

export interface IngressRuleView {
  /** '' for every host; `*.example.com` for one label more. */
  readonly host: string;
  readonly paths: readonly IngressPathView[];
}

export interface IngressPathView {
  readonly path: string;
  readonly type: 'Exact' | 'Prefix' | 'ImplementationSpecific';
  readonly backend: IngressBackendView;
}

export interface IngressBackendView {
  readonly service: string;
  /** A number or a name; '' for a resource backend. */
  readonly port: number | string;
  /** `StorageBucket/static`, for what is no service. */
  readonly resource: string | undefined;
}

export interface IngressClassView {
  readonly name: string;
  readonly controller: string;
  readonly isDefault: boolean;
}

const CLASS = 'kubernetes.io/ingress.class';
const DEFAULT_CLASS = 'ingressclass.kubernetes.io/is-default-class';

interface Backend {
  service?: { name?: string; port?: { number?: number; name?: string } };
  resource?: { kind?: string; name?: string };
}
interface Rule {
  host?: string;
  http?: { paths?: { path?: string; pathType?: IngressPathView['type']; backend?: Backend }[] };
}

export function ingressView(ingress: KubeObject): IngressView {
  const { namespace = '', name = '', annotations = {}, creationTimestamp } = ingress.metadata;
  const { ingressClassName, defaultBackend, rules = [], tls = [] } = ingress['spec'] ?? {};
  const points: { ip?: string; hostname?: string }[] = ingress['status']?.loadBalancer?.ingress ?? [];
  return {
    key: keyOf(ingress),
    namespace,
    name,
    className: ingressClassName ?? annotations[CLASS],
    defaultBackend: defaultBackend && backendView(defaultBackend),
    rules: rules.map(({ host = '', http }: Rule) => ({
      host,
      paths: (http?.paths ?? []).map(({ path = '', pathType = 'ImplementationSpecific', backend = {} }) => ({
        path,
        type: pathType,
        backend: backendView(backend),
      })),
    })),
    tls: tls.map(({ hosts = [], secretName = '' }: { hosts?: string[]; secretName?: string }) => ({
      hosts,
      secretName,
    })),
    addresses: points.map(({ ip, hostname }) => ip || hostname || '').filter(Boolean),
    created: creationTimestamp ?? '',
  };
}

function backendView({ service, resource }: Backend): IngressBackendView {
  return {
    service: service?.name ?? '',
    port: service?.port?.name || service?.port?.number || '',
    resource: resource && `${resource.kind ?? ''}/${resource.name ?? ''}`,
  };
}

export function ingressClassView({ metadata, spec = {} }: KubeObject): IngressClassView {
  return {
    name: metadata.name ?? '',
    controller: spec.controller ?? '',
    isDefault: metadata.annotations?.[DEFAULT_CLASS] === 'true',
  };
}
