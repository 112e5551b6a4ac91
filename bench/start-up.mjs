// How long a command takes from its start to its end, as a multiple of what Node.js itself takes to do nothing.
import { clusterOfPods, folder, kubetick } from './clusters.mjs';
import { medians, run } from './measure.mjs';

const CASES = [
  { name: 'version --client', limit: 1.3, args: ['version', '--client'], state: () => folder },
  { name: 'get pods, 100 pods, lowdb', limit: 1.6, args: ['get', 'pods'], state: () => clusterOfPods(100, 'lowdb') },
  {
    name: 'get pods, 1,000 pods, lowdb',
    limit: 2.5,
    args: ['get', 'pods'],
    state: () => clusterOfPods(1_000, 'lowdb'),
  },
  { name: 'get pods, 1,000 pods, lmdb', limit: 2.2, args: ['get', 'pods'], state: () => clusterOfPods(1_000, 'lmdb') },
];

export function startUp(rounds) {
  const cases = CASES.map(({ args, state }) => {
    const where = state();
    return { run: () => kubetick(where, ...args) };
  });
  const [nothing, ...times] = medians([{ run: () => run(process.execPath, ['-e', '0']) }, ...cases], { rounds });
  return [
    { name: 'node -e 0', measured: nothing, unit: 'ms' },
    ...CASES.map(({ name, limit }, i) => ({
      name,
      limit,
      measured: times[i] / nothing,
      unit: '×',
      milliseconds: times[i],
    })),
  ];
}
