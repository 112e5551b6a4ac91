// A worked day: 24 simulated hours of a web Deployment under a load that comes and goes, with a horizontal autoscaler, the Cluster
// Autoscaler, a nightly CronJob and a vertical autoscaler on a worker. Played twice with one seed: state and timeline must be the
// same, byte for byte. Then the picture is drawn, and checked: what rises falls again, and nothing flaps.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import chalk from 'chalk';

const { main } = createRequire(import.meta.url)('../dist/kubetick.cjs');
const root = fileURLToPath(new URL('..', import.meta.url));

export const DAY = [
  'init --nodes 10 --node-cpu 5 --node-memory 16Gi --seed 1 --force',
  'nodegroup add burst --cpu 5 --memory 16Gi --max 100',
  'create deployment web --image=nginx --replicas=400',
  'set resources deployment web --requests=cpu=500m,memory=256Mi',
  'apply -f fixtures/day/worker.yaml',
  // The evening before: nodes come, pods start.
  'tick 15m -q',
  "load set deployment/web --cpu 'sine(140, 375, 24h)'",
  'autoscale deployment web --min=100 --max=1000 --cpu=70%',
  "load set deployment/worker --cpu 'sine(300m, 1500m, 24h)' --memory 'sine(1Gi, 2Gi, 24h)'",
  "create cronjob nightly --image=busybox --schedule='30 2 * * *' -- sleep 600",
];

/** Runs one command in this process, as a user would type it. @throws Error with what it said where it failed */
async function type(line, state) {
  const words = line.match(/(?:[^\s']+|'[^']*')+/g).map((word) => word.replaceAll("'", ''));
  const said = { out: '', err: '' };
  const say = (stream) => (text) => {
    said[stream] += text;
  };
  const code = await main(words, {
    program: 'kubetick',
    cwd: root,
    environment: { PATH: process.env.PATH, KUBETICK_STATE: state, NO_COLOR: '1' },
    streams: { out: say('out'), err: say('err'), stdin: async () => '', colour: false, isTerminal: false },
  });
  if (code !== 0 || said.err.startsWith('Warning: ')) throw new Error(`${line}\n${said.out}${said.err}`);
  return said.out;
}

/** Plays a day in a throw-away folder; what is left of it, and what it took. `tell` hears of each command. */
export async function playDay(tell = () => {}) {
  const state = mkdtempSync(join(tmpdir(), 'kubetick-day-'));
  try {
    for (const line of DAY) {
      tell(line);
      await type(line, state);
    }
    tell('tick 24h -q');
    const began = performance.now();
    const used = process.cpuUsage();
    await type('tick 24h -q', state);
    const { user, system } = process.cpuUsage(used);
    const milliseconds = performance.now() - began;
    return {
      milliseconds,
      processor: (user + system) / 1000,
      picture: await type('timeline', state),
      timeline: await type('timeline -o json', state),
      state: await type('get --raw /kubetick/copy', state),
      autoscalers: await type('get hpa,vpa,cronjob', state),
    };
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

/** The least, the most and the turns of a line. @throws Error where it is not told */
export function lineOf(timeline, resource, name, line) {
  const found = JSON.parse(timeline).series.find(
    (one) => one.resource === resource && (one.name ?? '') === name && one.line === line,
  );
  if (!found) throw new Error(`the timeline tells nothing of ${resource} ${name}: ${line}`);
  return found;
}

const digest = (text) => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** What must hold of a day; each with what was found. */
export function checks(day, again) {
  const desired = lineOf(day.timeline, 'deployments.apps', 'web', 'desired');
  const running = lineOf(day.timeline, 'pods', '', 'running');
  const group = lineOf(day.timeline, 'nodes', 'burst', 'ready');
  const nodes = group.most + lineOf(day.timeline, 'nodes', '', 'ready').most;
  const nightly = lineOf(day.timeline, 'cronjobs.batch', 'nightly', 'active');
  return [
    [`at the peak ${running.most} pods on ${nodes} nodes`, running.most >= 1000 && nodes >= 100],
    [`replicas wanted turn ${desired.turns} times, nodes ${group.turns}`, desired.turns <= 2 && group.turns <= 2],
    ['what rose fell again', desired.points.at(-1)[1] < 500 && group.points.at(-1)[1] < 60],
    [`the nightly job ran ${nightly.turns === 1 ? 'once' : `${nightly.turns} times`}`, nightly.turns === 1],
    [`state ${digest(day.state)}, again ${digest(again.state)}`, day.state === again.state],
    [`timeline ${digest(day.timeline)}, again ${digest(again.timeline)}`, day.timeline === again.timeline],
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const day = await playDay((line) => console.log(chalk.cyan(`$ kubetick ${line}`)));
  console.log(`\n${chalk.cyan('$ kubetick get hpa,vpa,cronjob')}\n${day.autoscalers}`);
  console.log(`${chalk.cyan('$ kubetick timeline')}\n${day.picture}`);
  const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;
  console.log(
    `The day took ${seconds(day.milliseconds)}, ${seconds(day.processor)} of the processor. Once more, from the start …\n`,
  );
  const again = await playDay();
  console.log(
    `The second time it took ${seconds(again.milliseconds)}, ${seconds(again.processor)} of the processor.\n`,
  );
  for (const [text, holds] of checks(day, again)) {
    console.log(`${holds ? chalk.green('✓') : chalk.red('✗')} ${text}`);
    if (!holds) process.exitCode = 1;
  }
}
