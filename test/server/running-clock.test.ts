/** Simulated time that passes by itself. */
import { servedFolder } from './served-folder';

const until = async (holds: () => Promise<boolean>) => {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it did not come to pass');
};

const DEPLOYMENT = 'create deployment web --image=nginx --replicas=2';
const READY = `get deployment web -o jsonpath='{.status.readyReplicas}'`;

test('time stands still unless told otherwise', async () => {
  const served = await servedFolder();
  await served.run(DEPLOYMENT);
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect((await served.run(READY)).out).toBe('');
  expect((await served.ask('/kubetick/clock')).json.now).toBe('2026-01-01T00:00:00Z');
});

test('--speed has it run, and objects are made at simulated times', async () => {
  const served = await servedFolder({ speed: 600, every: 25 });
  await until(async () => (await served.ask('/kubetick/clock')).json.now > '2026-01-01T00:01:00Z');
  await served.run(DEPLOYMENT);
  await until(async () => (await served.run(READY)).out === '2');
  const made = (await served.run(`get deployment web -o jsonpath='{.metadata.creationTimestamp}'`)).out;
  expect(made > '2026-01-01T00:01:00Z' && made < '2026-01-01T03:00:00Z').toBe(true);
});

test('at the highest speed everything happens at once, and then time stands still', async () => {
  const served = await servedFolder({ speed: 'max', every: 20 });
  await served.run(DEPLOYMENT);
  await until(async () => (await served.run(READY)).out === '2');
  const clock = async () => (await served.ask('/kubetick/clock')).json.now as string;
  const settled = await clock();
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(await clock()).toBe(settled);
  expect(settled < '2026-01-01T00:01:00Z').toBe(true);
});

test('a log that is followed comes as it is written, and ends with its container', async () => {
  const served = await servedFolder({ speed: 100, every: 20 });
  const script = 'for i in 1 2 3; do echo line $i; sleep 20; done';
  await served.run(['run', 'talker', '--image=busybox', '--restart=Never', '--', 'sh', '-c', script]);
  await until(async () => (await served.run(`get pod talker -o jsonpath='{.status.phase}'`)).out === 'Running');
  const { text, headers } = await served.ask('/api/v1/namespaces/default/pods/talker/log?follow=true');
  expect(headers['content-type']).toMatch(/^text\/plain/);
  expect(text).toBe('line 1\nline 2\nline 3\n');
  expect((await served.run(`get pod talker -o jsonpath='{.status.phase}'`)).out).toBe('Succeeded');
});
