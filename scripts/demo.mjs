// The main job, told step by step: a real multi-document application is created, applied, changed and looked at, in a cluster
// that lives in a throw-away folder. Every line after `$` is a command that you could type.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import chalk from 'chalk';

const root = fileURLToPath(new URL('..', import.meta.url));
const state = mkdtempSync(join(tmpdir(), 'kubetick-demo-'));
const shop = 'fixtures/bookshop/bookshop.yaml';
const next = 'fixtures/bookshop/bookshop-next.yaml';

function say(text) {
  console.log(`\n${chalk.bold(text)}`);
}

/** Runs one command and shows it with what it printed; `allowed` are the exit statuses that are part of the story. */
function type(command, allowed = [0]) {
  console.log(chalk.cyan(`$ kubetick ${command}`));
  const words = command.match(/(?:[^\s']|'[^']*')+/g).map((word) => word.replaceAll("'", ''));
  const run = spawnSync(process.execPath, [join(root, 'bin/kubetick'), ...words], {
    cwd: root,
    env: { ...process.env, KUBETICK_STATE: state },
    encoding: 'utf8',
  });
  process.stdout.write(run.stdout);
  process.stdout.write(run.stderr);
  if (!allowed.includes(run.status)) {
    console.error(`the command ended with status ${run.status}`);
    process.exitCode = 1;
    throw new Error('demo stopped');
  }
}

try {
  say('A cluster is a folder. This one has three nodes; nothing runs in the background.');
  type('init --nodes 3 --force');
  type('get nodes');

  say('`create` is imperative: it makes objects, once. Asked twice, it refuses.');
  type('create configmap greeting --from-literal=hello=world');
  type('create configmap greeting --from-literal=hello=world', [1]);

  say('`apply` is declarative: the file says how things should be.');
  type(`apply -f ${shop}`);

  say('Nothing happens until time moves. One tick: every component reacts once, one simulated second passes.');
  type('get pods -n bookshop');
  type('tick');
  type('get pods -n bookshop');

  say('Let the cluster come to rest.');
  type('tick --settle -q');
  type('get deployments,pods,services -n bookshop');

  say('Somebody scales the storefront by hand, and labels it.');
  type('scale deployment storefront -n bookshop --replicas=4');
  type('label deployment storefront -n bookshop on-call=ann');

  say('The next release of the file changes the image and a setting, and drops the liveness probe.');
  type(`diff -f ${next}`, [1]);
  type(`apply -f ${next}`);

  say(
    'Three-way merge: what the file says holds (3 replicas again), what it gave up is gone, what others wrote stays.',
  );
  type(
    'get deployment storefront -n bookshop -o jsonpath=\'replicas={.spec.replicas} image={.spec.template.spec.containers[0].image} liveness={.spec.template.spec.containers[0].livenessProbe} on-call={.metadata.labels.on-call}{"\\n"}\'',
  );

  say('A rollout is waited for in simulated time, so the command returns at once.');
  type('rollout status deployment/storefront -n bookshop');
  type('rollout history deployment/storefront -n bookshop');

  say('Away with it: the namespace takes everything along.');
  type('delete namespace bookshop');
  type('get all -n bookshop');
  type('status');
} finally {
  rmSync(state, { recursive: true, force: true });
}
