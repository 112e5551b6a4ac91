/** Bytes from anywhere: the DNS server answers them or leaves them, and never falls over. */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import * as dnsPacket from 'dns-packet';
import fc from 'fast-check';
import type { DNSAnswer, DNSRecord } from '../../../src/apimachinery/dns-message';
import { DNSListener, respond } from '../../../src/server/dns/dns-listener';
import { readQuery, writeAnswer } from '../../../src/server/dns/packet';

const RECORD: DNSRecord = { name: 'web.default.svc.cluster.local.', type: 'A', ttl: 5, address: '10.96.0.9' };
const ANSWER: DNSAnswer = { code: 'NOERROR', authoritative: true, answers: [RECORD], authorities: [], additionals: [] };
const answer = async () => ANSWER;
const CODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

function query(name: string, type: dnsPacket.RecordType = 'A', more: Partial<dnsPacket.Packet> = {}): Buffer {
  return dnsPacket.encode({
    type: 'query',
    id: 7,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ name, type }],
    ...more,
  });
}

test('an answer has the id, the question and the record', async () => {
  const reply = dnsPacket.decode((await respond(query('web.default.svc.cluster.local'), answer, false)) as Buffer);
  expect(reply).toMatchObject({
    id: 7,
    type: 'response',
    flag_aa: true,
    flag_rd: true,
    flag_ra: false,
    rcode: 'NOERROR',
    questions: [{ name: 'web.default.svc.cluster.local', type: 'A', class: 'IN' }],
    answers: [{ name: 'web.default.svc.cluster.local', type: 'A', ttl: 5, data: '10.96.0.9' }],
  });
});

test.each<[string, Buffer, string | undefined]>([
  ['nothing', Buffer.alloc(0), undefined],
  ['less than a header', query('a').subarray(0, 11), undefined],
  ['an answer', dnsPacket.encode({ type: 'response', id: 7, questions: [{ name: 'a', type: 'A' }] }), undefined],
  ['a header alone', query('a').subarray(0, 12), 'FORMERR'],
  ['a question that ends too early', query('abc').subarray(0, 15), 'FORMERR'],
  [
    'a name that points to itself',
    Buffer.concat([query('a').subarray(0, 12), Buffer.from([0xc0, 12, 0, 1, 0, 1])]),
    'FORMERR',
  ],
  [
    'two questions',
    query('a', 'A', {
      questions: [
        { name: 'a', type: 'A' },
        { name: 'b', type: 'A' },
      ],
    }),
    'FORMERR',
  ],
  ['an update', query('a', 'A', { flags: 5 << 11 }), 'NOTIMP'],
])('%s', async (_, bytes, code) => {
  const reply = await respond(bytes, answer, false);
  expect(reply && CODES[reply.readUInt16BE(2) & 15]).toBe(code);
});

test('a question with a dot within a label is handed back as it came', async () => {
  const question = Buffer.concat([
    Buffer.from([3]),
    Buffer.from('a.b'),
    Buffer.from([1]),
    Buffer.from('c'),
    Buffer.from([0, 0, 1, 0, 1]),
  ]);
  const reply = (await respond(Buffer.concat([query('x').subarray(0, 12), question]), answer, false)) as Buffer;
  expect(reply.subarray(12, 12 + question.length)).toEqual(question);
  expect(dnsPacket.decode(reply).answers).toMatchObject([{ name: 'web.default.svc.cluster.local' }]);
});

test('a resolver that fails is told as that', async () => {
  const reply = await respond(query('a'), () => Promise.reject(new Error('no')), true);
  expect(dnsPacket.decode(reply as Buffer)).toMatchObject({ rcode: 'SERVFAIL', answers: [] });
});

const anyLabel = fc.stringMatching(/^[a-z0-9_-]{1,63}$/);
const anyName = fc.array(anyLabel, { minLength: 1, maxLength: 3 }).map((labels) => `${labels.join('.')}.`);
const anyRecord: fc.Arbitrary<DNSRecord> = fc.oneof(
  fc.record({ name: anyName, type: fc.constant('A' as const), ttl: fc.nat(9), address: fc.ipV4() }),
  fc.record({
    name: anyName,
    type: fc.constantFrom('CNAME' as const, 'PTR' as const),
    ttl: fc.nat(9),
    target: anyName,
  }),
  fc.record({
    ...{ name: anyName, type: fc.constant('SRV' as const), ttl: fc.nat(9), target: anyName },
    ...{ priority: fc.nat(9), weight: fc.nat(100), port: fc.nat(65535) },
  }),
);

test('what was written is read again, and never longer than the client takes', () => {
  const settings = fc.record({
    name: anyName,
    size: fc.option(fc.integer({ min: 0, max: 5000 }), { nil: undefined }),
    answers: fc.array(anyRecord, { maxLength: 40 }),
    additionals: fc.array(anyRecord, { maxLength: 10 }),
    overTCP: fc.boolean(),
  });
  fc.assert(
    fc.property(settings, ({ name, size, answers, additionals, overTCP }) => {
      const opt = {
        type: 'OPT',
        name: '.',
        udpPayloadSize: size,
        flags: 0,
        options: [],
      } as unknown as dnsPacket.OptAnswer;
      const asked = readQuery(query(name, 'A', size === undefined ? {} : { additionals: [opt] }));
      if (!asked) throw new Error('no query');
      const bytes = writeAnswer(asked, { ...ANSWER, answers, additionals }, overTCP);
      expect(bytes.length).toBeLessThanOrEqual(overTCP ? 65535 : Math.max(512, asked.edns?.size ?? 0));
      const reply = dnsPacket.decode(bytes);
      const plain = (one: dnsPacket.Answer) =>
        'data' in one ? `${one.name}. ${one.type} ${JSON.stringify(one.data)}` : one.type;
      const wanted = (record: DNSRecord) => `${record.name} ${record.type} `;
      const got = (reply.answers ?? []).map(plain);
      expect(got.map((line, i) => line.startsWith(wanted(answers[i] as DNSRecord)))).toEqual(got.map(() => true));
      const whole =
        got.length === answers.length &&
        (reply.additionals ?? []).filter((one) => one.type !== 'OPT').length === additionals.length;
      expect(reply.flag_tc).toBe(!whole);
    }),
    { seed: 7, numRuns: 300 },
  );
});

describe('fuzz', () => {
  test('any bytes at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (bytes) => {
        const reply = await respond(Buffer.from(bytes), answer, false);
        if (reply) expect(reply.readUInt16BE(2) & 0x8000).toBe(0x8000);
      }),
      { seed: 1, numRuns: 3000 },
    );
  });

  test('queries with bytes changed, cut and added', async () => {
    const change = fc.record({ at: fc.nat(80), byte: fc.nat(255) });
    const settings = fc.record({
      type: fc.constantFrom<dnsPacket.RecordType>('A', 'SRV', 'TXT', 'SOA', 'NS', 'PTR'),
      changes: fc.array(change, { maxLength: 6 }),
      cut: fc.nat(90),
      tail: fc.uint8Array({ maxLength: 30 }),
    });
    const opt = {
      type: 'OPT',
      name: '.',
      udpPayloadSize: 1232,
      flags: 0,
      options: [],
    } as unknown as dnsPacket.OptAnswer;
    await fc.assert(
      fc.asyncProperty(settings, async ({ type, changes, cut, tail }) => {
        const bytes = query('_http._tcp.web.default.svc.cluster.local', type, { additionals: [opt] });
        for (const { at, byte } of changes) if (at < bytes.length) bytes[at] = byte;
        const mangled = Buffer.concat([bytes.subarray(0, cut), Buffer.from(tail)]);
        for (const overTCP of [false, true]) await respond(mangled, answer, overTCP);
      }),
      { seed: 2, numRuns: 3000 },
    );
  });

  test('a server that was sent all of that still answers', async () => {
    const listener = await DNSListener.open({ host: '127.0.0.1', port: 0, answer });
    const socket = createSocket('udp4');
    const send = (bytes: Uint8Array) =>
      new Promise<void>((done) => socket.send(bytes, listener.port, '127.0.0.1', () => done()));
    for (const bytes of fc.sample(fc.uint8Array({ minLength: 1, maxLength: 200 }), { seed: 3, numRuns: 200 }))
      await send(bytes);
    for (const bytes of fc.sample(fc.uint8Array({ minLength: 1, maxLength: 50 }), { seed: 4, numRuns: 20 }))
      await new Promise<void>((done) => {
        const connection = connect(listener.port, '127.0.0.1', () => connection.end(Buffer.from(bytes)));
        connection.on('error', () => {}).on('close', () => done());
        connection.resume();
      });
    const reply = new Promise<Buffer>((resolve) => {
      socket.on('message', (bytes) => {
        if (bytes.length > 12 && bytes.readUInt16BE(0) === 7 && bytes.readUInt16BE(6) === 1) resolve(bytes);
      });
    });
    await send(query('web.default.svc.cluster.local'));
    expect(dnsPacket.decode(await reply).answers).toMatchObject([{ data: '10.96.0.9' }]);
    // Several messages on one connection, the second one in two pieces.
    const [a, b] = [1, 2].map((id) =>
      dnsPacket.streamEncode({ type: 'query', id, questions: [{ name: 'a', type: 'A' }] }),
    ) as [Buffer, Buffer];
    const replies = await new Promise<number[]>((resolve) => {
      const ids: number[] = [];
      let received = Buffer.alloc(0);
      const connection = connect(listener.port, '127.0.0.1', () => {
        connection.write(Buffer.concat([a, b.subarray(0, 5)]));
        setTimeout(() => connection.write(b.subarray(5)), 20);
      });
      connection.on('data', (bytes) => {
        received = Buffer.concat([received, bytes]);
        while (received.length >= 2 && received.length >= received.readUInt16BE(0) + 2) {
          ids.push(received.readUInt16BE(2));
          received = received.subarray(received.readUInt16BE(0) + 2);
        }
        if (ids.length === 2) {
          connection.end();
          resolve(ids);
        }
      });
    });
    expect(replies).toEqual([1, 2]);
    socket.close();
    await listener.close();
  });
});
