/**
 * Bodies in all encodings with bytes changed, left out, put in twice: they are taken or refused with a Status, in the form that
 * was asked for, and what is refused changes nothing. KUBETICK_REQUESTS says how many are tried (`npm run test:hostile`: 10,000).
 */
import fc from 'fast-check';
import type { JsonObject } from '../../src/apimachinery/json';
import { MEDIA_TYPES } from '../../src/apiserver/encoding/negotiate';
import type { ApiRequest } from '../../src/client/transport';
import { kindSchema } from '../../src/schema/catalog';
import { decodeProtobuf } from '../../src/schema/protobuf-object';
import { builtinResources } from '../../src/schema/resources';
import type { Schema } from '../../src/schema/schema';
import { generated, numbersFrom } from '../schema/generated-objects';
import { change, changed, encodings, objects } from './mutated-bodies';
import { type Sent, sendBytes } from './on-the-wire';
import { type TestServer, testServer } from './server-for-tests';

const REQUESTS = Number(process.env['KUBETICK_REQUESTS'] ?? 500);
const EACH = 10;

const request = fc.record({
  object: fc.constantFrom(...objects),
  encoding: fc.constantFrom(...Object.keys(encodings)),
  changes: fc.array(change, { minLength: 1, maxLength: 4 }),
  method: fc.constantFrom<ApiRequest['method']>('POST', 'POST', 'PUT', 'PATCH', 'DELETE'),
  /** Mostly what it is. */
  contentType: fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        ...Object.keys(encodings),
        'application/merge-patch+json',
        'application/strategic-merge-patch+json',
        'application/json-patch+json',
        'application/apply-patch+yaml',
        'application/cbor',
        '',
      ),
    },
  ),
  accept: fc.constantFrom(...Object.keys(encodings), '*/*', 'application/json;as=Table;v=v1;g=meta.k8s.io', 'x/y'),
  query: fc.constantFrom('', '?fieldValidation=Strict', '?fieldManager=m&force=true', '?dryRun=All', '?pretty=1'),
});

function path({ method, object: [base] }: { method: string; object: readonly [string, JsonObject] }): string {
  return method === 'POST' || base.endsWith('/a') ? base : `${base}/a`;
}

/** A failure tells what is wrong, in the form that was asked for, and nothing of the inside. */
function checkFailure({ contentType, wire, text, code }: Sent): void {
  // What Go itself refuses.
  if (contentType.startsWith('text/plain')) {
    expect(text).toBe('404 page not found\n');
    return;
  }
  if (contentType === MEDIA_TYPES.yaml) expect(text).toMatch(/^kind: Status$/m);
  else {
    const status = contentType === MEDIA_TYPES.protobuf ? decodeProtobuf(wire) : (JSON.parse(text) as JsonObject);
    expect(status).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code });
  }
  expect(text).not.toMatch(/\.ts\b|node:internal|\bat .*:\d+:\d+|is not a function|undefined|\[object/);
}

test('whatever bytes come, they are taken or refused', async () => {
  let [refused, taken] = [0, 0];
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: EACH, maxLength: EACH }), async (requests) => {
      const { server, store }: TestServer = testServer();
      for (const [base, object] of objects.slice(0, 3))
        await server.send({ method: 'POST', path: base, body: structuredClone(object) });
      for (const one of requests) {
        const encode = encodings[one.encoding] as (object: JsonObject) => Uint8Array;
        const body = changed(encode(one.object[1]), one.changes);
        const headers = { accept: one.accept, 'content-type': one.contentType ?? one.encoding };
        const revision = await store.revision();
        const started = performance.now();
        const sent = await sendBytes(server, one.method, path(one) + one.query, headers, body);
        // Never for long, however busy the machine is with other things.
        expect(performance.now() - started).toBeLessThan(20_000);
        if (sent.code < 400) {
          taken++;
          continue;
        }
        refused++;
        checkFailure(sent);
        expect(await store.revision()).toBe(revision);
        // What upstream itself calls a fault of the server: a configuration that its schema does not allow.
        if (sent.code >= 500 && !/failed to create typed patch object|too large/.test(sent.text))
          throw new Error(`${sent.code} ${sent.text}`);
      }
      expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    }),
    { numRuns: Math.ceil(REQUESTS / EACH), ...(process.env['KUBETICK_REQUESTS'] ? {} : { seed: 42 }) },
  );
  expect(refused).toBeGreaterThan(taken / 4);
  expect(taken).toBeGreaterThan(0);
}, 600_000);

test('objects of every kind, made up from their schemas, are judged', async () => {
  const { server } = testServer();
  const rounds = Math.ceil(REQUESTS / 60);
  for (const { group, version, plural, kind, namespaced, verbs } of builtinResources()) {
    if (!verbs.includes('create')) continue;
    const schema = kindSchema(group, version, kind) as Schema;
    const base = group ? `/apis/${group}/${version}` : `/api/${version}`;
    const collection = `${base}${namespaced ? '/namespaces/default' : ''}/${plural}`;
    for (let round = 1; round <= rounds; round++) {
      const fill = [0.2, 0.4, 0.7, 0.95][round % 4] as number;
      const body = generated(schema, numbersFrom(round * 7919), fill) as JsonObject;
      body['metadata'] = { name: `n${round}` };
      for (const [method, path] of [
        ['POST', collection],
        ['PUT', `${collection}/n${round}`],
      ] as const) {
        const { code, body: answer } = await server.send({ method, path, body });
        // A TokenReview has nobody who could answer it.
        if (code >= 500 && code !== 501) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
      }
    }
  }
}, 600_000);
