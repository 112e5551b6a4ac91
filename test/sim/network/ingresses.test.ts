/** Where an ingress sends a request. */
import { parse } from 'yaml';
import type { KubeObject } from '../../../src/apimachinery/meta';
import { routeRequest } from '../../../src/sim/network/ingress/route';
import { isServed } from '../../../src/sim/network/ingress/served';
import { ingressClassView, ingressView } from '../../../src/sim/network/ingress/views';

function ingress(name: string, spec: string, created = '2026-01-01T00:00:00Z') {
  const object = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', spec: parse(spec) };
  return ingressView({ ...object, metadata: { name, namespace: 'default', creationTimestamp: created } } as KubeObject);
}
const to = (service: string) => `backend: {service: {name: ${service}, port: {number: 80}}}`;
const path = (text: string, service: string, type = 'Prefix') => `{path: ${text}, pathType: ${type}, ${to(service)}}`;

const shop = ingress(
  'shop',
  `{defaultBackend: {service: {name: fallback, port: {name: http}}},
    tls: [{hosts: ['*.example.com'], secretName: wild}],
    rules: [
      {host: shop.example.com, http: {paths: [${path('/', 'root')}, ${path('/cart', 'cart')}, ${path('/cart', 'exact-cart', 'Exact')}, ${path('/a/b', 'deep')}]}},
      {host: '*.example.com', http: {paths: [${path('/', 'wild')}]}},
      {http: {paths: [${path('/any', 'any')}, ${path('/legacy', 'legacy', 'ImplementationSpecific')}]}}]}`,
);

// The example table of the Ingress documentation, and the precedence of hosts.
test.each<[host: string, path: string, service: string]>([
  ['shop.example.com', '/', 'root'],
  ['shop.example.com', '/other', 'root'],
  ['SHOP.example.com', '/cart', 'exact-cart'],
  ['shop.example.com', '/cart/', 'cart'],
  ['shop.example.com', '/cart/1', 'cart'],
  ['shop.example.com', '/cartoon', 'root'],
  ['shop.example.com', '/a/b/c', 'deep'],
  ['shop.example.com', '/a', 'root'],
  ['api.example.com', '/x', 'wild'],
  ['a.b.example.com', '/x', 'fallback'],
  ['example.com', '/x', 'fallback'],
  ['other.org', '/any/thing', 'any'],
  ['other.org', '/legacy', 'legacy'],
  ['other.org', '/x', 'fallback'],
])('%s%s → %s', (host, asked, service) => {
  expect(routeRequest([shop], { host, path: asked })?.backend.service).toBe(service);
});

test('the secret of a host is shown over TLS', () => {
  expect(routeRequest([shop], { host: 'api.example.com', path: '/', tls: true })?.secretName).toBe('wild');
  expect(routeRequest([shop], { host: 'other.org', path: '/any', tls: true })?.secretName).toBeUndefined();
});

test('of two ingresses that match alike the older one has it; without any there is none', () => {
  const young = ingress(
    'young',
    `{rules: [{host: a.org, http: {paths: [${path('/', 'young')}]}}]}`,
    '2026-02-01T00:00:00Z',
  );
  const old = ingress('old', `{rules: [{host: a.org, http: {paths: [${path('/', 'old')}]}}]}`);
  expect(routeRequest([young, old], { host: 'a.org', path: '/' })).toMatchObject({
    backend: { service: 'old' },
    rule: 0,
    path: 0,
  });
  expect(routeRequest([young], { host: 'b.org', path: '/' })).toBeUndefined();
});

test('a controller serves the ingresses of its classes', () => {
  const classOf = (name: string, controller: string, isDefault: boolean) =>
    ingressClassView({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name, annotations: { 'ingressclass.kubernetes.io/is-default-class': String(isDefault) } },
      spec: { controller },
    });
  const classes = [
    classOf('own', 'kubetick.dev/ingress-controller', true),
    classOf('nginx', 'k8s.io/ingress-nginx', false),
  ];
  expect(isServed(ingress('a', `{ingressClassName: own}`), classes)).toBe(true);
  expect(isServed(ingress('a', `{ingressClassName: nginx}`), classes)).toBe(false);
  expect(isServed(ingress('a', `{}`), classes)).toBe(true);
  expect(isServed(ingress('a', `{}`), classes.slice(1))).toBe(false);
});
