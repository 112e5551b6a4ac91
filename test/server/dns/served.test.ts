/** `serve --dns-port` and `dns serve`, asked by Node's own resolver. */
import { spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KUBETICK, stateFolder } from '../serve-process';

function resolverAt(port: number): Resolver {
  const resolver = new Resolver({ timeout: 3000, tries: 2 });
  resolver.setServers([`127.0.0.1:${port}`]);
  return resolver;
}

const SERVICE = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { clusterIP: '10.96.0.9', ports: [{ name: 'http', port: 80 }] },
});

test('serve --dns-port answers of the cluster as it is now', async () => {
  const folder = stateFolder();
  const served = await folder.serve('--dns-port', '0');
  const port = Number(/Answering DNS queries on 127\.0\.0\.1:(\d+)/.exec(served.said())?.[1]);
  const resolver = resolverAt(port);
  expect(await resolver.resolve4('kubernetes.default.svc.cluster.local')).toEqual(['10.96.0.1']);
  await expect(resolver.resolve4('web.default.svc.cluster.local')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  writeFileSync(join(folder.home, 'web.json'), SERVICE);
  expect(await folder.run(['create', '-f', 'web.json'])).toMatchObject({ code: 0 });
  expect(await resolver.resolve4('web.default.svc.cluster.local')).toEqual(['10.96.0.9']);
  expect(await resolver.resolveSrv('_http._tcp.web.default.svc.cluster.local')).toEqual([
    { name: 'web.default.svc.cluster.local', port: 80, priority: 0, weight: 100 },
  ]);
  expect(await resolver.reverse('10.96.0.9')).toEqual(['web.default.svc.cluster.local']);
  expect(await resolver.resolveTxt('dns-version.cluster.local')).toEqual([['1.1.0']]);
  served.kill('SIGINT');
  expect(await served.ended).toBe(0);
});

test('dns serve answers until it is interrupted, and follows what other commands do', async () => {
  const folder = stateFolder();
  await folder.run(['init', '--nodes', '0']);
  const child = spawn(process.execPath, [KUBETICK, 'dns', 'serve', '--port', '0', '--state', folder.stateFolder]);
  const port = await new Promise<number>((resolve) => {
    let said = '';
    child.stdout.on('data', (text) => {
      said += text;
      const found = /Answering DNS queries on 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (found) resolve(Number(found));
    });
  });
  const resolver = resolverAt(port);
  await expect(resolver.resolve4('web.default.svc.cluster.local')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  await folder.run(['create', 'service', 'clusterip', 'web', '--clusterip=10.96.0.9', '--tcp=80']);
  expect(await resolver.resolve4('web.default.svc.cluster.local')).toEqual(['10.96.0.9']);
  await expect(resolver.resolve4('www.example.com')).rejects.toMatchObject({ code: 'EREFUSED' });
  const taken = await folder.run(['dns', 'serve', '--port', String(port)]);
  expect(taken).toEqual({
    out: '',
    err: `error: listen tcp 127.0.0.1:${port}: bind: address already in use; --port 0 takes one that is free\n`,
    code: 1,
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  child.kill('SIGINT');
  expect(await ended).toBe(0);
});
