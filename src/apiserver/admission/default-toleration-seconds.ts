/**
 * DefaultTolerationSeconds: a pod stays on a node that is lost for five minutes, unless it says otherwise (kubernetes
 * `plugin/pkg/admission/defaulttolerationseconds/admission.go`).
 */
import type { KubeObject } from '../../apimachinery/meta';
import type { Toleration } from '../../apimachinery/toleration';
import { isPods } from '../served-resource';
import type { AdmissionPlugin } from './plugin';

const TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'] as const;
const TOLERATION_SECONDS = 300;

export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',

  handles(operation, resource, subresource) {
    return (operation === 'CREATE' || operation === 'UPDATE') && subresource === '' && isPods(resource);
  },

  admit({ object }) {
    const spec = (object as KubeObject)['spec'] as { tolerations?: Toleration[] };
    const tolerations = spec.tolerations ?? [];
    const missing = TAINTS.filter((taint) => !tolerations.some((toleration) => tolerates(toleration, taint)));
    if (missing.length === 0) return;
    spec.tolerations = [
      ...tolerations,
      ...missing.map((key) => ({
        key,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: TOLERATION_SECONDS,
      })),
    ];
  },

  grounds: () => ({}),
};

function tolerates({ key, effect }: Toleration, taint: string): boolean {
  return (!key || key === taint) && (!effect || effect === 'NoExecute');
}
