// What a kube-proxy costs in each mode: all rules for many services, and those for one endpoint's change. KUBETICK_BENCH_SERVICES
// and KUBETICK_BENCH_ENDPOINTS make it smaller or larger.
import { bundled } from './bundle.mjs';

const EXPORTS = `
  export { loadMode, modeNames } from './src/sim/proxy/modes';
  export { proxySettings } from './src/sim/proxy/settings';
  export { situationOf } from './src/sim/proxy/situation';
`;
const SERVICES = Number(process.env.KUBETICK_BENCH_SERVICES ?? 5_000);
const ENDPOINTS = Number(process.env.KUBETICK_BENCH_ENDPOINTS ?? 10);
const ROUNDS = 5;
const CHANGES = 31;
const WHOLE_LIMIT = 1_500;
const CHANGE_LIMIT = 20;
const NODE = {
  ...{ name: 'node-1', labels: {}, zone: '', internalIPs: ['172.18.0.3'], externalIPs: [] },
  ...{ podCIDRs: ['10.244.0.0/24'], ready: true, takesLoadBalancerTraffic: true },
};

const address = (number) => `10.${128 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;

function service(i, count) {
  const name = `service-${i}`;
  const ports = [{ name: 'http', port: 8080, protocol: 'TCP', appProtocol: undefined }];
  const endpoints = Array.from({ length: count }, (_, e) => ({
    ...{ address: address(i * 16 + e), family: 'IPv4', ready: true, serving: true, terminating: false, hostname: '' },
    ...{ node: `node-${(i + e) % 50}`, zone: '', hintedZones: [], hintedNodes: [], pod: undefined, ports },
  }));
  return {
    ...{ key: `default/${name}`, namespace: 'default', name, uid: name, type: 'ClusterIP', headless: false },
    ...{ externalName: '', families: ['IPv4'], clusterIPs: [`10.96.${i >> 8}.${i & 255}`], externalIPs: [] },
    ...{ ingress: [], sourceRanges: [], selector: {}, affinitySeconds: undefined, healthCheckNodePort: 0 },
    ...{ internalTrafficPolicy: 'Cluster', externalTrafficPolicy: 'Cluster', publishNotReadyAddresses: false },
    ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080, nodePort: 0, appProtocol: undefined }],
    endpoints,
  };
}

/** Milliseconds of processor time, other work on the machine left out. */
function timed(work) {
  const begin = process.cpuUsage();
  const given = work();
  const { user, system } = process.cpuUsage(begin);
  return { milliseconds: (user + system) / 1000, given };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

export async function proxy() {
  const { loadMode, modeNames, proxySettings, situationOf } = await bundled('proxy', EXPORTS);
  const ranges = { clusterCIDR: '10.128.0.0/9', serviceCIDR: '10.96.0.0/12' };
  const rows = [];
  for (const name of modeNames()) {
    const mode = await loadMode(name);
    const at = situationOf(NODE, 'IPv4', proxySettings({ mode: name }), ranges);
    let running;
    const whole = [];
    for (let round = 0; round < ROUNDS; round++) {
      // Views are new each time: nothing that was worked out of them before is found again.
      const services = Array.from({ length: SERVICES }, (_, i) => service(i, ENDPOINTS));
      const { milliseconds } = timed(() => {
        running = mode.start(at);
        running.sync(services);
        return running.rules().reduce((sum, { text }) => sum + text.length, 0);
      });
      whole.push(milliseconds);
    }
    const changes = [];
    for (let i = 0; i < CHANGES; i++) {
      const changed = service(i * 7, ENDPOINTS - (i % 2) - 1);
      const { milliseconds } = timed(() =>
        running.syncService(changed.key, changed).input.reduce((sum, { text }) => sum + text.length, 0),
      );
      changes.push(milliseconds);
    }
    const size = `${SERVICES.toLocaleString('en')} services × ${ENDPOINTS} endpoints`;
    rows.push(
      { name: `${name}: all rules, ${size}`, measured: median(whole), limit: WHOLE_LIMIT, unit: 'ms' },
      { name: `${name}: one endpoint's change`, measured: median(changes), limit: CHANGE_LIMIT, unit: 'ms.' },
    );
  }
  return rows;
}
