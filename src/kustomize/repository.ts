/** Which paths kustomize would take for a git repository: nothing is fetched, but a folder must not be looked for either. */

/** git.NewRepoSpecFromURL without error. */
export function isRepository(text: string): boolean {
  if (text.startsWith('/')) return false;
  let rest = (text.split('?')[0] as string).replace(/^git::/i, '');
  const scheme = /^(?:ssh|https?|file):\/\//i.exec(rest)?.[0].toLowerCase() ?? '';
  rest = rest.slice(scheme.length);
  const user = /^[a-zA-Z][a-zA-Z0-9-]*@/.exec(rest)?.[0] ?? '';
  rest = rest.slice(user.length);
  const github = /^github\.com[/:]/i.test(rest);
  const scp = scheme === '' && (user !== '' || github);
  if (scheme === '' && !scp) return false;
  if (scheme === 'file://') return hasRepositoryPath(user + rest, Number.NEGATIVE_INFINITY);
  const slash = rest.indexOf('/');
  const colon = scp ? rest.indexOf(':') : -1;
  const at = scp && (slash < 0 || (colon > 0 && colon < slash)) ? colon : slash;
  const host = at < 0 ? rest : rest.slice(0, at + 1);
  if (host === '' && !github) return false;
  return hasRepositoryPath(at < 0 ? '' : rest.slice(at + 1), 2);
}

function hasRepositoryPath(path: string, segments: number): boolean {
  let repository = '';
  let inside = '';
  const marker = /_git\/|\/\/|\.git/.exec(path);
  if (marker) {
    repository = path.slice(0, marker.index + (marker[0] === '//' ? 0 : marker[0].length));
    inside = path.slice(marker.index + marker[0].length);
  } else if (segments < 0) repository = path;
  else {
    const parts = path.split('/');
    if (parts.length < segments) return false;
    repository = parts.slice(0, segments).join('/');
    inside = parts.slice(segments).join('/');
  }
  return repository !== '' && !/^\/?\.\.(?:\/|$)/.test(inside);
}
