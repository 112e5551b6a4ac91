/** Strict readers of what ipvsadm and ipset are given: whatever those would not take, or that says the same twice, is an error. */

export interface ReadServer {
  scheduler: string;
  persistence: number | undefined;
  flags: string[];
  /** By address and port. */
  servers: Map<string, number>;
}

const ADDRESS = String.raw`(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\]):\d{1,5}`;
const SERVICE = `(-t|-u|--sctp-service) (${ADDRESS})`;
const ADD_SERVICE = new RegExp(String.raw`^-A ${SERVICE} -s ([a-z]+)(?: -p (\d+))?(?: -b ([a-z,-]+))?$`);
const ADD_SERVER = new RegExp(String.raw`^-a ${SERVICE} -r (${ADDRESS}) -m -w (\d+)$`);
const SCHEDULERS = new Set(['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'mh']);
const PROTOCOLS: Readonly<Record<string, string>> = { '-t': 'TCP', '-u': 'UDP', '--sctp-service': 'SCTP' };

/** By `10.96.0.1:80/TCP`. */
export function readIpvsadm(text: string): Map<string, ReadServer> {
  const services = new Map<string, ReadServer>();
  for (const line of linesOf(text)) {
    const [, option = '', address = '', scheduler = '', seconds, flags] = ADD_SERVICE.exec(line) ?? [];
    if (option !== '') {
      const id = `${checked(address)}/${PROTOCOLS[option]}`;
      if (services.has(id)) throw new Error(`Service already exists: ${line}`);
      if (!SCHEDULERS.has(scheduler)) throw new Error(`Scheduler or persistence engine not found: ${line}`);
      const persistence = seconds === undefined ? undefined : Number(seconds);
      services.set(id, { scheduler, persistence, flags: flags?.split(',') ?? [], servers: new Map() });
      continue;
    }
    const [, of = '', service = '', server = '', weight = ''] = ADD_SERVER.exec(line) ?? [];
    if (of === '') throw new Error(`not understood: ${line}`);
    const known = services.get(`${checked(service)}/${PROTOCOLS[of]}`);
    if (!known) throw new Error(`Service not defined: ${line}`);
    if (known.servers.has(checked(server))) throw new Error(`Destination already exists: ${line}`);
    known.servers.set(server, Number(weight));
  }
  return services;
}

export interface ReadSet {
  type: string;
  entries: Set<string>;
}

const CREATE =
  /^create (\S{1,31}) (?:(hash:\S+) family (inet6?) hashsize 1024 maxelem 65536|(bitmap:port) range 0-65535)$/;
const ENTRIES: Readonly<Record<string, RegExp>> = {
  'hash:ip': /^([^,/]+)$/,
  'hash:ip,port': /^([^,/]+),(?:tcp|udp|sctp):(\d+)$/,
  'hash:ip,port,ip': /^([^,/]+),(?:tcp|udp|sctp):(\d+),([^,/]+)$/,
  'hash:ip,port,net': /^([^,/]+),(?:tcp|udp|sctp):(\d+),([^,/]+)\/([1-9]\d*)$/,
  'bitmap:port': /^()(\d+)$/,
};

export function readIpset(text: string): Map<string, ReadSet> {
  const sets = new Map<string, ReadSet & { six: boolean }>();
  for (const line of linesOf(text)) {
    const [, name = '', hash, family, bitmap] = CREATE.exec(line) ?? [];
    if (name !== '') {
      if (sets.has(name)) throw new Error(`set with the same name already exists: ${line}`);
      const type = hash ?? bitmap ?? '';
      if (!ENTRIES[type]) throw new Error(`Unknown set type: ${line}`);
      sets.set(name, { type, six: family === 'inet6', entries: new Set() });
      continue;
    }
    const [verb, to = '', entry = '', ...more] = line.split(' ');
    const set = sets.get(to);
    if (verb !== 'add' || !set || more.length > 0) throw new Error(`not understood: ${line}`);
    const [matched, ip = '', port, other] = ENTRIES[set.type]?.exec(entry) ?? [];
    if (matched === undefined) throw new Error(`Syntax error: ${line}`);
    for (const address of [ip, other])
      if (address !== undefined && address !== '' && address.includes(':') !== set.six)
        throw new Error(`wrong family: ${line}`);
    if (port !== undefined && Number(port) > 65535) throw new Error(`port out of range: ${line}`);
    if (set.entries.has(entry)) throw new Error(`element already added: ${line}`);
    set.entries.add(entry);
  }
  return sets;
}

function checked(address: string): string {
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  if (port < 1 || port > 65535) throw new Error(`illegal port: ${address}`);
  return address;
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
