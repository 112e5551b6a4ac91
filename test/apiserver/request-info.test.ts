import fc from 'fast-check';
import { ApiError } from '../../src/apimachinery/status';
import { requestInfo } from '../../src/apiserver/request-info';
import { requestFor, resourcePath } from '../../src/client/resource-path';
import type { ApiRequest } from '../../src/client/transport';
import { parsePath } from '../../src/sim/actions';

const read = (method: ApiRequest['method'], path: string) => {
  const { verb, group, version, namespace, resource, name, subresource, subpath } = requestInfo({ method, path });
  return [verb, group, version, namespace, resource, name, subresource, subpath].join(' ').trimEnd();
};

test.each<[ApiRequest['method'], string, string]>([
  ['GET', '/api/v1/namespaces', 'list  v1  namespaces'],
  ['GET', '/api/v1/namespaces/a', 'get  v1 a namespaces a'],
  ['GET', '/api/v1/namespaces/a/status', 'get  v1 a namespaces a status'],
  ['PUT', '/api/v1/namespaces/a/finalize', 'update  v1 a namespaces a finalize'],
  ['GET', '/api/v1/namespaces/a/pods', 'list  v1 a pods'],
  ['GET', '/api/v1/namespaces/a/pods/', 'list  v1 a pods'],
  ['GET', '/api/v1/namespaces/a/pods?watch=true', 'watch  v1 a pods'],
  ['GET', '/api/v1/namespaces/a/pods?watch=0', 'list  v1 a pods'],
  ['GET', '/api/v1/watch/namespaces/a/pods/b', 'watch  v1 a pods b'],
  ['POST', '/api/v1/namespaces/a/pods', 'create  v1 a pods'],
  ['DELETE', '/api/v1/namespaces/a/pods', 'deletecollection  v1 a pods'],
  ['DELETE', '/api/v1/namespaces/a/pods/b', 'delete  v1 a pods b'],
  ['PATCH', '/apis/apps/v1/namespaces/a/deployments/b/scale', 'patch apps v1 a deployments b scale'],
  ['GET', '/api/v1/namespaces/a/services/b/proxy/c/d', 'get  v1 a services b proxy c/d'],
  ['GET', '/api/v1/nodes/b', 'get  v1  nodes b'],
  ['GET', '/api/v1/namespaces/a%2Fb/pods', 'get  v1 a b pods'],
  ['GET', '/api/v1/nodes/%E2%82%AC', 'get  v1  nodes €'],
])('%s %s', (method, path, expected) => expect(read(method, path)).toBe(expected));

test.each([
  '/',
  '/api',
  '/api/v1',
  '/apis',
  '/apis/apps',
  '/apis/apps/v1',
  '/version',
  '/healthz/ping',
  '/other/v1/pods/a',
])('%s is no resource', (path) => expect(requestInfo({ method: 'GET', path }).isResourceRequest).toBe(false));

test('broken percent-encoding is a bad request', () =>
  expect(() => requestInfo({ method: 'GET', path: '/api/v1/nodes/%zz' })).toThrow(ApiError));

test('the query of the path and the query beside it are one', () => {
  const info = requestInfo({
    method: 'GET',
    path: '/api/v1/pods?limit=1&labelSelector=a%3Db',
    query: { watch: 'true' },
  });
  expect(info.query).toEqual({ limit: '1', labelSelector: 'a=b', watch: 'true' });
  expect(info.verb).toBe('watch');
});

test('any path is read or refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (rest) => {
      try {
        requestInfo({ method: 'GET', path: `/api/v1/${rest}` });
      } catch (error) {
        expect((error as ApiError).code).toBe(400);
      }
    }),
  );
});

describe('a request that says what its path says', () => {
  const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
  const step = fc.constantFrom(
    '',
    'a',
    'pods',
    'status',
    'finalize',
    'namespaces',
    'watch',
    'a/b',
    'a%b',
    'a:b',
    '€',
    '..',
  );
  const resource = fc.constantFrom('pods', 'nodes', 'namespaces', 'watch', 'status', 'finalize', 'a/b', '');

  test('is about the same as one that has only the path', () => {
    let said = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...METHODS),
        fc.record({ group: fc.constantFrom('', 'apps', 'a/b'), version: fc.constantFrom('v1', ''), resource }),
        step,
        step,
        step,
        fc.constantFrom(undefined, { watch: 'true' }, { limit: '3' }),
        (method, at, namespace, name, subresource, query) => {
          const request = requestFor(method, at, namespace, name, subresource, query);
          const { path, target } = request;
          expect(path).toBe(resourcePath(at, namespace, name, subresource));
          if (!target) return;
          said++;
          expect(requestInfo(request)).toEqual(requestInfo({ method, path, ...(query ? { query } : {}) }));
          const { resource, ...rest } = parsePath(path) ?? { resource: '' };
          expect({ resource, ...rest }).toEqual({
            resource: at.group ? `${at.resource}.${at.group}` : at.resource,
            namespace,
            name,
            subresource,
          });
        },
      ),
      { seed: 1, numRuns: 20_000 },
    );
    expect(said).toBeGreaterThan(100);
  });

  test('is what a client sends of usual names', () => {
    const pods = { group: '', version: 'v1', resource: 'pods' };
    expect(requestFor('PUT', pods, 'default', 'web-1.x', 'status').target).toBeDefined();
    expect(requestFor('POST', pods, 'default').target).toBeDefined();
    expect(requestFor('GET', pods, 'default', 'system:x').target).toBeUndefined();
  });
});
