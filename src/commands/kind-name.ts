/** `pod`, `deployment.apps`: how lines about what was done name a kind. */
export function kindName({ group, kind }: { group: string; kind: string }): string {
  return group === '' ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`;
}
