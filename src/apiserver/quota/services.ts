/** How services are counted (kubernetes `pkg/quota/v1/evaluator/core/services.go`). */
import { quantityOf, ZERO } from '../../apimachinery/quantity';
import { ONE } from '../../apimachinery/resource-lists';
import type { Evaluator } from './evaluator';

const NAMES = ['count/services', 'services', 'services.nodeports', 'services.loadbalancers'];

export const services: Evaluator = {
  // Its type may change.
  handles: (operation, subresource) => (operation === 'CREATE' || operation === 'UPDATE') && subresource === '',
  matching: (names) => names.filter((name) => NAMES.includes(name)),
  matchesScope: () => false,
  usage(service) {
    const { type, ports = [], allocateLoadBalancerNodePorts } = service['spec'] ?? {};
    const isBalanced = type === 'LoadBalancer';
    // Ports are allotted later: what counts is what is meant.
    let nodePorts = type === 'NodePort' || isBalanced ? ports.length : 0;
    if (isBalanced && allocateLoadBalancerNodePorts === false)
      nodePorts = (ports as { nodePort?: number }[]).filter((port) => port.nodePort).length;
    return new Map([
      ['count/services', ONE],
      ['services', ONE],
      ['services.loadbalancers', isBalanced ? ONE : ZERO],
      ['services.nodeports', quantityOf(nodePorts)],
    ]);
  },
};
