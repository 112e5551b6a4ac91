/** Two nodes and their pods as network namespaces of this machine, wired as the simulated cluster's: every packet is routed. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';

/** Why there can be none here; undefined where there can. */
export function missing(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'root on Linux is needed';
  const tool = ['ip', 'nft', 'iptables-restore'].find(
    (one) => spawnSync('sh', ['-c', `command -v ${one}`]).status !== 0,
  );
  if (tool !== undefined) return `${tool} is not installed`;
  const name = `kt${process.pid}-try`;
  const made = spawnSync('ip', ['netns', 'add', name]);
  spawnSync('ip', ['netns', 'del', name]);
  return made.status === 0 ? undefined : 'network namespaces cannot be made here';
}

export interface WiredNode {
  name: string;
  ip: string;
  gateway: string;
  podCIDR: string;
  pods: { name: string; ip: string }[];
}

const OUTSIDE = 'outside';

/** All names begin with the process: several tests may run at once. */
export class Namespaces {
  private readonly prefix = `kt${process.pid}-`;
  private readonly made: string[] = [];
  private readonly children: ReturnType<typeof spawn>[] = [];

  /** @param routes addresses that whoever is outside reaches by a node */
  constructor(nodes: readonly WiredNode[], outside: string, routes: Readonly<Record<string, string>>) {
    // One process for all commands of a namespace: starting one for each takes most of the time.
    const scripts = new Map<string, string[]>();
    const inside = (name: string, ...lines: string[]) => scripts.set(name, [...(scripts.get(name) ?? []), ...lines]);
    const all = [
      'lan',
      OUTSIDE,
      ...nodes.map(({ name }) => name),
      ...nodes.flatMap(({ pods }) => pods.map(({ name }) => name)),
    ];
    for (const name of all) {
      this.made.push(name);
      inside(name, 'link set lo up');
    }
    inside('lan', 'link add br0 type bridge', 'link set br0 up');
    const plug = (name: string, number: number, ip: string) => {
      inside('lan', `link add port${number} type veth peer name eth0 netns ${this.of(name)}`);
      inside('lan', `link set port${number} master br0`, `link set port${number} up`);
      inside(name, `addr add ${ip}/24 dev eth0`, 'link set eth0 up');
    };
    plug(OUTSIDE, 0, outside);
    for (const [to, via] of Object.entries(routes)) inside(OUTSIDE, `route add ${to} via ${via}`);
    nodes.forEach((node, i) => {
      plug(node.name, i + 1, node.ip);
      for (const other of nodes) if (other !== node) inside(node.name, `route add ${other.podCIDR} via ${other.ip}`);
      node.pods.forEach((pod, p) => {
        inside(node.name, `link add pod${p} type veth peer name eth0 netns ${this.of(pod.name)}`);
        inside(node.name, `addr add ${node.gateway}/32 dev pod${p}`, `link set pod${p} up`);
        inside(node.name, `route add ${pod.ip}/32 dev pod${p}`);
        inside(pod.name, `addr add ${pod.ip}/32 dev eth0`, 'link set eth0 up', `route add ${node.gateway} dev eth0`);
        inside(pod.name, `route add default via ${node.gateway}`);
      });
      // Cluster IPs are nowhere: the node's own packets to them need some route before they are translated.
      inside(node.name, `route add default via ${outside}`);
    });
    this.batch(
      [],
      all.map((name) => `netns add ${this.of(name)}`),
    );
    for (const name of all) this.batch(['-n', this.of(name)], scripts.get(name) ?? []);
    // Refusals are told by ICMP, of which a node sends only a few in a second unless told.
    const settings = [
      ['ip_forward', 1],
      ['conf/all/route_localnet', 1],
      ['icmp_ratelimit', 0],
    ];
    const set = settings.map(([path, value]) => `echo ${value} > /proc/sys/net/ipv4/${path}`).join('; ');
    for (const { name } of nodes) this.run(name, ['sh', '-c', set]);
  }

  run(name: string, command: readonly string[], input?: string): string {
    return execFileSync('ip', ['netns', 'exec', this.of(name), ...command], {
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  /** Starts a program of node there; resolves to its first line. */
  start(name: string, program: string, ...args: string[]): Promise<string> {
    const child = spawn('ip', ['netns', 'exec', this.of(name), process.execPath, '-e', program, ...args]);
    this.children.push(child);
    return new Promise((resolve, reject) => {
      let text = '';
      child.stdout?.on('data', (data) => {
        text += data;
        if (text.includes('\n')) resolve(text);
      });
      child.stderr?.on('data', (data) => reject(new Error(String(data))));
      child.on('error', reject);
    });
  }

  /** Runs one to its end. */
  finish(name: string, program: string, ...args: string[]): Promise<string> {
    const child = spawn('ip', ['netns', 'exec', this.of(name), process.execPath, '-e', program, ...args]);
    return new Promise((resolve, reject) => {
      let out = '';
      let err = '';
      child.stdout.on('data', (data) => (out += data));
      child.stderr.on('data', (data) => (err += data));
      child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(err))));
    });
  }

  remove(): void {
    for (const child of this.children) child.kill('SIGKILL');
    spawnSync('ip', ['-force', '-batch', '-'], {
      input: this.made.map((name) => `netns del ${this.of(name)}\n`).join(''),
    });
  }

  private batch(options: readonly string[], lines: readonly string[]): void {
    execFileSync('ip', [...options, '-batch', '-'], { input: `${lines.join('\n')}\n` });
  }

  private of(name: string): string {
    return this.prefix + name;
  }
}

/** Answers on TCP and UDP with its name and whom it sees. */
export const SERVER = `
  const [name, port] = process.argv.slice(1);
  const says = (address) => JSON.stringify({ name, sees: address.replace('::ffff:', '') });
  require('node:net').createServer((socket) => {
    socket.on('error', () => {});
    socket.end(says(socket.remoteAddress));
  }).listen(Number(port), '0.0.0.0', () => {
    const udp = require('node:dgram').createSocket('udp4');
    udp.on('message', (_, from) => udp.send(says(from.address), from.port, from.address));
    udp.bind(Number(port), () => console.log('ready'));
  });
`;

/** Makes connections, some at a time (those that say so once before all others, alone), and tells of each what came of it: an answer, ECONNREFUSED, or silence. */
export const CLIENT = `
  const [asked] = process.argv.slice(1);
  const queue = JSON.parse(asked);
  const results = [];
  const tcp = ({ ip, port, patience }) => new Promise((resolve) => {
    const socket = require('node:net').connect({ host: ip, port });
    let text = '';
    const timer = setTimeout(() => { socket.destroy(); resolve({ error: 'silence' }); }, patience);
    const end = (result) => { clearTimeout(timer); socket.destroy(); resolve(result); };
    socket.on('data', (data) => (text += data));
    socket.on('end', () => end(JSON.parse(text)));
    socket.on('error', (error) => end({ error: error.code }));
  });
  const udp = ({ ip, port, patience }) => new Promise((resolve) => {
    const socket = require('node:dgram').createSocket('udp4');
    const timer = setTimeout(() => end({ error: 'silence' }), patience);
    const end = (result) => { clearTimeout(timer); socket.close(); resolve(result); };
    socket.on('message', (data) => end(JSON.parse(data)));
    socket.on('error', (error) => end({ error: error.code }));
    socket.connect(port, ip, () => socket.send('hello', (error) => { if (error) end({ error: error.code }); }));
  });
  const work = async () => {
    for (let i = queue.shift(); i; i = queue.shift()) results.push({ label: i.label, ...(await (i.protocol === 'UDP' ? udp(i) : tcp(i))) });
  };
  const first = queue.filter(({ alone }) => alone);
  const alone = async () => {
    for (const i of first) results.push({ label: i.label, ...(await tcp(i)) });
  };
  alone().then(() => Promise.all(Array.from({ length: 16 }, work))).then(() => console.log(JSON.stringify(results)));
`;
