/**
 * TaintNodesByCondition: a new node takes no pods before it is known to be ready; who looks after nodes takes the taint away
 * (kubernetes `plugin/pkg/admission/nodetaint/admission.go`).
 */
import type { KubeObject } from '../../apimachinery/meta';
import type { AdmissionPlugin } from './plugin';

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',

  handles: (operation, { info }, subresource) =>
    operation === 'CREATE' && info.group === '' && info.plural === 'nodes' && subresource === '',

  admit({ object }) {
    const node = object as KubeObject;
    const spec = (node['spec'] ?? {}) as { taints?: { key?: string; effect?: string }[] };
    const taints = spec.taints ?? [];
    if (taints.some(({ key, effect }) => key === NOT_READY.key && effect === NOT_READY.effect)) return;
    node['spec'] = { ...spec, taints: [...taints, { ...NOT_READY }] };
  },
};
