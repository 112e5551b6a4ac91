/** Commands that wait, on a cluster that others let time pass for as well. */
import type { Transport } from '../../src/client/transport';
import { type Connect, connectionTo } from '../../src/commands/connection';
import { KubeconfigFile, memoryStorage } from '../../src/commands/kubeconfig/kubeconfig-file';
import { memoryCluster } from './harness';

test('what somebody else let happen since the last look counts: a server has a clock of its own', async () => {
  const cluster = await memoryCluster();
  await cluster.ok('create namespace team');
  const { transport } = cluster.client;
  // Whenever the command lets time pass, all is done already.
  const ahead: Transport = {
    async send(request) {
      if (request.path === '/kubetick/tick') await transport.send({ ...request, body: { settle: true } });
      return transport.send(request);
    },
    flush: () => transport.flush(),
    close: async () => {},
  };
  const connect: Connect = {
    open: async () => connectionTo(ahead),
    files: async () => ({
      stateFolder: undefined,
      kubeconfig: new KubeconfigFile('/memory/kubeconfig', memoryStorage(), true),
    }),
  };
  expect(await cluster.run('delete namespace team', { connect })).toEqual({
    out: 'namespace "team" deleted\n',
    err: '',
    code: 0,
  });
});

test('where nothing will ever come, no one waits for it', async () => {
  const cluster = await memoryCluster();
  const { code, err } = await cluster.run('wait --for=create configmap/a --timeout=1000h');
  expect({ code, err }).toEqual({ code: 1, err: 'error: timed out waiting for the condition\n' });
  await cluster.ok('create deployment stuck --image=nginx');
  await cluster.run('tick --settle', { program: 'kubetick' });
  expect((await cluster.run('rollout status deployment/stuck --timeout=1000h')).err).toBe(
    'error: deployment "stuck" exceeded its progress deadline\n',
  );
});
