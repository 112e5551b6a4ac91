/** Completes, validates and runs `proxy mode`. */
import { parseCIDR } from '../../apimachinery/ip';
import type { JsonObject } from '../../apimachinery/json';
import { isProxyMode, PROXY_MODE_NAMES, type ProxySettings } from '../../sim/proxy/settings';
import { CommandError, type Invocation, UsageError } from '../command';
import { askProxy, checkOutput, printAnswer } from './ask';

const SCHEDULERS = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'mh'];

export async function runMode(invocation: Invocation): Promise<void> {
  const { args, streams } = invocation;
  if (args.length > 1) throw new UsageError('at most one mode can be given');
  checkOutput(invocation);
  const changes = changesOf(invocation);
  const isChange = Object.keys(changes).length > 0;
  const settings = await askProxy<ProxySettings>(invocation, 'proxy/settings', {}, isChange ? changes : undefined);
  if (await printAnswer(invocation, settings)) return;
  streams.out(isChange ? `kube-proxy set to mode ${settings.mode}\n` : `${settings.mode}\n`);
}

function changesOf({ args: [mode], flags }: Invocation): JsonObject {
  const changes: JsonObject = {};
  if (mode !== undefined) {
    if (!isProxyMode(mode)) throw new CommandError(`mode must be one of [${PROXY_MODE_NAMES.join(' ')}], not ${mode}`);
    changes['mode'] = mode;
  }
  if (flags.changed('detect-local-mode'))
    changes['detectLocalMode'] = oneOf('detect-local-mode', flags.string('detect-local-mode'), [
      'ClusterCIDR',
      'NodeCIDR',
    ]);
  if (flags.changed('ipvs-scheduler'))
    changes['ipvsScheduler'] = oneOf('ipvs-scheduler', flags.string('ipvs-scheduler'), SCHEDULERS);
  if (flags.changed('localhost-nodeports')) changes['localhostNodePorts'] = flags.bool('localhost-nodeports');
  if (flags.changed('masquerade-all')) changes['masqueradeAll'] = flags.bool('masquerade-all');
  if (flags.changed('nfacct')) changes['nfacct'] = flags.bool('nfacct');
  if (flags.changed('nodeport-addresses')) {
    const addresses = flags.strings('nodeport-addresses').filter((one) => one !== '');
    const wrong = addresses.find((one) => one !== 'primary' && !parseCIDR(one));
    if (wrong !== undefined) throw new CommandError(`--nodeport-addresses: invalid CIDR address: ${wrong}`);
    if (addresses.includes('primary') && addresses.length > 1)
      throw new CommandError("--nodeport-addresses: no other addresses can be given beside 'primary'");
    changes['nodePortAddresses'] = addresses;
  }
  return changes;
}

function oneOf(name: string, value: string, words: readonly string[]): string {
  if (!words.includes(value)) throw new CommandError(`--${name} must be one of [${words.join(' ')}], not ${value}`);
  return value;
}
