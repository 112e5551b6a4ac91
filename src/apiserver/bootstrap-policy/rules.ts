/** How the bootstrap policy is written down here: words in one string, the core group as `core` (rbac/v1/helpers.go NewRule). */
import type { PolicyRule } from '../../apimachinery/policy-rules';

export const READ = 'get list watch';
export const WRITE = 'create delete deletecollection patch update';

/** A rule for resources, each of its lists sorted, as upstream's builder sorts them. */
export function rule(verbs: string, groups: string, resources: string, names = ''): PolicyRule {
  return {
    apiGroups: sorted(groups)
      .map((group) => (group === 'core' ? '' : group))
      .sort(),
    ...(names ? { resourceNames: sorted(names) } : {}),
    resources: sorted(resources),
    verbs: sorted(verbs),
  };
}

/** A rule for paths. */
export function paths(verbs: string, urls: string): PolicyRule {
  return { nonResourceURLs: sorted(urls), verbs: sorted(verbs) };
}

/** Events of both groups may be written (eventsRule). */
export const EVENTS = rule('create patch update', 'core events.k8s.io', 'events');

function sorted(words: string): string[] {
  return words.split(' ').sort();
}
