/**
 * Where an ingress sends a request: pure, and able to say by which rule (kubernetes `staging/src/k8s.io/api/networking/v1/types.go`:
 * HTTPIngressPath, IngressRule). Where several ingresses match, the older one wins, as the common controllers have it.
 */
import type { IngressBackendView, IngressPathView, IngressView } from './views';

export interface IngressRequest {
  /** Without a port; case does not matter. */
  readonly host: string;
  readonly path: string;
  /** It came over TLS, to port 443. */
  readonly tls?: boolean;
}

export interface IngressRoute {
  readonly ingress: IngressView;
  readonly backend: IngressBackendView;
  /** Which rule and path; undefined for the default backend. */
  readonly rule: number | undefined;
  readonly path: number | undefined;
  /** The secret whose certificate is shown, for a request over TLS to a host that has one. */
  readonly secretName: string | undefined;
}

/** Undefined: no ingress has anything for it, so the controller answers 404 itself. */
export function routeRequest(ingresses: readonly IngressView[], request: IngressRequest): IngressRoute | undefined {
  const host = request.host.toLowerCase();
  let best: { route: IngressRoute; rank: Rank } | undefined;
  for (const ingress of ingresses) {
    const secretName = request.tls ? certificateFor(ingress, host) : undefined;
    for (const [r, { host: pattern, paths }] of ingress.rules.entries()) {
      const hostRank = rankHost(pattern, host);
      if (hostRank < 0) continue;
      for (const [p, path] of paths.entries()) {
        const pathRank = rankPath(path, request.path);
        if (pathRank < 0) continue;
        const route = { ingress, backend: path.backend, rule: r, path: p, secretName };
        best = better(best, { route, rank: [hostRank, pathRank] });
      }
    }
    const { defaultBackend } = ingress;
    if (defaultBackend) {
      const route = { ingress, backend: defaultBackend, rule: undefined, path: undefined, secretName };
      best = better(best, { route, rank: [-1, -1] });
    }
  }
  return best?.route;
}

type Rank = readonly [host: number, path: number];
type Candidate = { route: IngressRoute; rank: Rank };

function better(a: Candidate | undefined, b: Candidate): Candidate {
  if (!a) return b;
  const difference = a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1];
  if (difference !== 0) return difference > 0 ? a : b;
  return b.route.ingress.created < a.route.ingress.created ? b : a;
}

/** An exact host before a wildcard, a longer wildcard before a shorter one, any host last; -1 where it does not match. */
function rankHost(pattern: string, host: string): number {
  if (pattern === '') return 0;
  if (!pattern.startsWith('*.')) return pattern === host ? Number.MAX_SAFE_INTEGER : -1;
  const dot = host.indexOf('.');
  return dot > 0 && host.slice(dot) === pattern.slice(1) ? pattern.length : -1;
}

/** The longest match wins; of two as long the exact one. */
function rankPath({ path, type }: IngressPathView, asked: string): number {
  if (type === 'Exact') return path === asked ? 2 * path.length + 1 : -1;
  return prefixMatches(path, asked) ? 2 * path.length : -1;
}

/** Element by element: /foo/ and /foo match /foo, /foo/ and /foo/bar, and neither /foobar. */
function prefixMatches(prefix: string, path: string): boolean {
  const wanted = elements(prefix);
  const given = elements(path);
  return wanted.length <= given.length && wanted.every((element, i) => element === given[i]);
}

function elements(path: string): string[] {
  return path.split('/').filter((element) => element !== '');
}

function certificateFor(ingress: IngressView, host: string): string | undefined {
  const found = ingress.tls.find(
    ({ hosts }) => hosts.length === 0 || hosts.some((pattern) => rankHost(pattern, host) >= 0),
  );
  return found?.secretName;
}
