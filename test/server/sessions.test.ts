/** `exec` and `attach` over a WebSocket, as kubectl speaks it: channels, protocols, and who may. */
import { WebSocket } from 'ws';
import { type ServedTestFolder, servedFolder } from './served-folder';

const PODS = `
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  restartPolicy: Never
  containers:
  - name: a
    image: busybox
    command: [sh, -c, 'echo begun; sleep 20; echo on; sleep 5; echo done']
    env: [{name: X, value: hello}]
  - {name: b, image: nginx}
`;

let served: ServedTestFolder;
beforeAll(async () => {
  // Twenty simulated milliseconds in a real one; the clock moves when it is told to.
  served = await servedFolder({ speed: 20, every: 3_600_000 });
  for (const line of ['create -f -', 'tick 10s -q'])
    expect(await served.run(line, { stdin: PODS })).toMatchObject({ err: '' });
});

interface Session {
  protocol: string;
  /** `1 text`; what came on one channel without a break is one. */
  said: string[];
  code: number;
  milliseconds: number;
}

interface Refusal {
  refused: number;
  message: string;
}

function query(words: readonly string[], more: Record<string, string> = {}): URLSearchParams {
  const parameters = new URLSearchParams({ container: 'a', stdout: 'true', ...more });
  for (const word of words) parameters.append('command', word);
  return parameters;
}

function connect(
  subresource: string,
  parameters: URLSearchParams,
  { protocols = ['v5.channel.k8s.io'], token = served.credentials.adminToken, typed = '', pod = 'web' } = {},
  opened: () => void = () => {},
): Promise<Session | Refusal> {
  const path = `/api/v1/namespaces/default/pods/${pod}/${subresource}?${parameters}`;
  const headers = { authorization: `Bearer ${token}` };
  const socket = new WebSocket(`wss://127.0.0.1:${served.port}${path}`, protocols, {
    ca: served.credentials.authority,
    headers,
  });
  const said: [number, string][] = [];
  let begun = 0;
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('unexpected-response', (_, response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ refused: response.statusCode ?? 0, message: JSON.parse(text).message }));
    });
    socket.on('open', () => {
      begun = performance.now();
      if (typed !== '') socket.send(Buffer.from(`\0${typed}`));
      socket.send(Buffer.of(255, 0));
      opened();
    });
    socket.on('message', (data: Buffer) => {
      const [channel, text] = [data[0] as number, data.subarray(1).toString()];
      const last = said.at(-1);
      if (last?.[0] === channel) last[1] += text;
      else said.push([channel, text]);
    });
    socket.on('close', (code) =>
      resolve({
        protocol: socket.protocol,
        said: said.map(([channel, text]) => `${channel} ${text}`),
        code,
        milliseconds: performance.now() - begun,
      }),
    );
  });
}

const SUCCESS = '3 {"metadata":{},"status":"Success"}';

test.each<[string, string[], Record<string, string>, string[]]>([
  ['what it says, and that it went well', ['hostname'], {}, ['1 web\n', SUCCESS]],
  ['all of its words, with what is in them', ['sh', '-c', 'echo "$X\n&$0"', 'a b'], {}, ['1 hello\n&a b\n', SUCCESS]],
  ['lines of a terminal', ['sh', '-c', 'echo a; echo b'], { tty: 'true' }, ['1 a\r\nb\r\n', SUCCESS]],
  ['nothing', ['true'], {}, ['1 ', SUCCESS]],
  [
    'how it ended',
    ['sh', '-c', 'echo a; exit 3'],
    {},
    [
      '1 a\n',
      '3 {"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: exit status 3","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}',
    ],
  ],
])('exec: %s', async (_, words, more, said) => {
  expect(await connect('exec', query(words, more))).toMatchObject({ protocol: 'v5.channel.k8s.io', said, code: 1000 });
});

test('what takes time takes it, at the speed of the clock', async () => {
  const session = (await connect('exec', query(['sh', '-c', 'echo a; sleep 4; echo b']))) as Session;
  expect(session.said).toEqual(['1 a\nb\n', SUCCESS]);
  expect(session.milliseconds).toBeGreaterThan(190);
});

test('what is typed is taken and nobody reads it', async () => {
  expect(await connect('exec', query(['hostname'], { stdin: 'true' }), { typed: 'hello\n' })).toMatchObject({
    said: ['1 web\n', SUCCESS],
  });
});

test.each([
  ['the fourth version', ['v4.channel.k8s.io'], 'v4.channel.k8s.io'],
  ['the newest of those that are offered', ['v4.channel.k8s.io', 'x', 'v5.channel.k8s.io'], 'v5.channel.k8s.io'],
])('%s', async (_, protocols, protocol) => {
  expect(await connect('exec', query(['hostname']), { protocols })).toMatchObject({
    protocol,
    said: ['1 web\n', SUCCESS],
  });
});

test.each<[string, string, URLSearchParams, object, Refusal]>([
  [
    'a command that nobody knows',
    'exec',
    query(['ls', '/']),
    {},
    { refused: 501, message: 'containers are simulated: no process runs in them that could execute a command' },
  ],
  [
    'a container that is not there',
    'exec',
    new URLSearchParams({ container: 'x', command: 'true' }),
    {},
    { refused: 400, message: 'container x is not valid for pod web' },
  ],
  [
    'another protocol',
    'exec',
    query(['true']),
    { protocols: ['v1.other'] },
    { refused: 400, message: 'unsupported upgrade' },
  ],
  [
    'a pod that is not there',
    'exec',
    query(['true']),
    { pod: 'nosuch' },
    { refused: 404, message: 'pods "nosuch" not found' },
  ],
  [
    'to type into what nobody knows',
    'attach',
    new URLSearchParams({ container: 'b', stdin: 'true' }),
    {},
    { refused: 501, message: 'containers are simulated: no process runs in them that could be attached to' },
  ],
])('refused: %s', async (_, subresource, parameters, more, refusal) => {
  expect(await connect(subresource, parameters, more)).toEqual(refusal);
});

test('a connection that is not offered is not taken', async () => {
  const path = `/api/v1/namespaces/default/pods/web/exec?${query(['hostname'])}`;
  const answer = await served.ask(path, { headers: { upgrade: 'websocket' } });
  expect(answer).toMatchObject({ code: 400, json: { message: 'Upgrade request required' } });
});

test('who may read pods may not so connect to them: it takes what a POST does', async () => {
  await served.run('create serviceaccount reader');
  await served.run('create role reader --verb=get --resource=pods,pods/exec');
  await served.run('create rolebinding reader --role=reader --serviceaccount=default:reader');
  const token = (await served.run('create token reader')).out.trim();
  expect(await connect('exec', query(['hostname']), { token })).toMatchObject({ refused: 403 });
  await served.run('create role writer --verb=create --resource=pods/exec');
  await served.run('create rolebinding writer --role=writer --serviceaccount=default:reader');
  expect(await connect('exec', query(['hostname']), { token })).toMatchObject({ said: ['1 web\n', SUCCESS] });
});

test('attach: what it says from now on, until it ends', async () => {
  const [first, second] = await Promise.all([
    connect('attach', query([]), {}, () => void served.run('tick 30s -q')),
    connect('attach', query([], { stdin: 'true' })),
  ]);
  expect(first).toMatchObject({ said: ['1 on\ndone\n', SUCCESS], code: 1000 });
  expect(second).toMatchObject({ said: ['1 on\ndone\n', SUCCESS], code: 1000 });
  // It has ended.
  expect(await connect('attach', query([]))).toEqual({ refused: 500, message: 'container not found ("a")' });
});
