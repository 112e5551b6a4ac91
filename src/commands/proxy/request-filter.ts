/** Which requests a proxy lets through (kubectl pkg/proxy/proxy_server.go FilterServer). */
import { goRegExp } from '../../kustomize/go-regexp';
import type { RequestFilter } from '../../server/proxy/proxy-server';
import { CommandError, type Flags } from '../command';

/** @throws CommandError with the status that a fatal error of kubectl's log leaves */
export function requestFilter(flags: Flags): RequestFilter {
  const [acceptPaths, rejectPaths, acceptHosts, rejectMethods] = [
    ...['accept-paths', 'reject-paths', 'accept-hosts', 'reject-methods'],
  ].map((name) => expressions(flags.string(name))) as [RegExp[], RegExp[], RegExp[], RegExp[]];
  const matches = (text: string, all: readonly RegExp[]) => all.some((one) => one.test(text));
  return (method, path, host) =>
    !matches(path, rejectPaths) &&
    !matches(method, rejectMethods) &&
    matches(path, acceptPaths) &&
    matches(hostIn(host), acceptHosts);
}

/** Several, joined by commas (MakeRegexpArrayOrDie). */
function expressions(text: string): RegExp[] {
  if (text === '') return [];
  try {
    return text.split(',').map(goRegExp);
  } catch (error) {
    throw new CommandError(`Error compiling re: ${(error as Error).message}`, 255);
  }
}

/** A Host header without its port; one without a port is as it is (net.SplitHostPort). */
function hostIn(header: string): string {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):\d*$/.exec(header);
  return match ? (match[1] ?? match[2] ?? '') : header;
}
