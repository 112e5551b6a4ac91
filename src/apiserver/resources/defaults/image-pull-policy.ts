/** When an image is pulled, unless told (SetDefaults_Container, pkg/util/parsers ParseImageName). */

/**
 * `Always` for an image tagged `latest`, or without tag and digest; else `IfNotPresent`, also for what is no image's name.
 */
export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  const at = image.indexOf('@');
  const name = at < 0 ? image : image.slice(0, at);
  const colon = name.lastIndexOf(':');
  const tag = colon > name.lastIndexOf('/') ? name.slice(colon + 1) : '';
  const latest = tag === 'latest' || (tag === '' && at < 0);
  return latest && isReference(image) ? 'Always' : 'IfNotPresent';
}

const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const DOMAIN =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const TAIL =
  /^(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$/;

/** reference.ParseNormalizedNamed: `[domain/]path[:tag][@digest]`, and no bare identifier of 64 hex digits. */
function isReference(image: string): boolean {
  if (/^[a-f0-9]{64}$/.test(image)) return false;
  const slash = image.indexOf('/');
  const first = slash < 0 ? '' : image.slice(0, slash);
  const isDomain = /[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first;
  if (isDomain && !DOMAIN.test(first)) return false;
  const rest = isDomain ? image.slice(slash + 1) : image;
  const end = rest.search(/[:@]/);
  const path = end < 0 ? rest : rest.slice(0, end);
  return REPOSITORY.test(path) && TAIL.test(end < 0 ? '' : rest.slice(end));
}
