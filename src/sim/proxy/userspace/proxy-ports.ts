/** The ports at which a proxy in userspace mode listens, one for each port of a service. */

/** Where Linux takes ports from for those who do not care (net.ipv4.ip_local_port_range). */
const FIRST = 32768;
const COUNT = 28232;

/**
 * Upstream took what the kernel gave. Here a port follows from the name of what it is for, so that it is the same in every process;
 * where it is taken, the next one is.
 */
export class ProxyPorts {
  private readonly owners = new Map<number, string>();
  private readonly ports = new Map<string, number>();

  of(owner: string): number {
    const known = this.ports.get(owner);
    if (known !== undefined) return known;
    if (this.owners.size === COUNT) throw new Error('failed to allocate proxy port: all are in use');
    let offset = hashOf(owner) % COUNT;
    while (this.owners.has(FIRST + offset)) offset = (offset + 1) % COUNT;
    const port = FIRST + offset;
    this.owners.set(port, owner);
    this.ports.set(owner, port);
    return port;
  }

  release(owner: string): void {
    const port = this.ports.get(owner);
    if (port === undefined) return;
    this.ports.delete(owner);
    this.owners.delete(port);
  }

  clear(): void {
    this.owners.clear();
    this.ports.clear();
  }
}

/** FNV-1a, mixed. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) >>> 0;
}
