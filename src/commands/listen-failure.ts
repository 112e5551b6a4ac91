/** Why a port can't be listened on. */

/** In Go's words (net.Listen); undefined for what has nothing to do with it. */
export function listenFailure(error: unknown, bind: string, port: number): string | undefined {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    EADDRINUSE: 'bind: address already in use',
    EACCES: 'bind: permission denied',
    EADDRNOTAVAIL: 'bind: cannot assign requested address',
    ENOTFOUND: 'no such host',
  };
  const reason = code !== undefined && Object.hasOwn(reasons, code) ? reasons[code] : undefined;
  if (reason === undefined || !['listen', 'getaddrinfo', 'bind'].includes(syscall ?? '')) return undefined;
  const host = bind.includes(':') ? `[${bind}]` : bind;
  const hint = code === 'EADDRINUSE' ? '; --port 0 takes one that is free' : '';
  return `listen tcp ${host}:${port}: ${reason}${hint}`;
}
