/** Versions as Kubernetes orders them: v10, v2, v1, v11beta2, v3beta1, v12alpha1, and then what is no such version by name (apimachinery `version/helpers.go`). */

const KUBE_VERSION = /^v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?$/;
const STABILITY: Readonly<Record<string, number>> = { alpha: 0, beta: 1 };

/** CompareKubeAwareVersionStrings: positive where `a` is preferred. */
export function compareKubeVersions(a: string, b: string): number {
  if (a === b) return 0;
  const one = KUBE_VERSION.exec(a);
  const other = KUBE_VERSION.exec(b);
  if (!one && !other) return a < b ? 1 : -1;
  if (!one) return -1;
  if (!other) return 1;
  const ranks = [one, other].map(([, major, stability, minor]) => [
    stability === undefined ? 2 : (STABILITY[stability] as number),
    Number(major),
    Number(minor ?? 0),
  ]) as [number[], number[]];
  for (let i = 0; i < 3; i++) {
    const difference = (ranks[0][i] as number) - (ranks[1][i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
