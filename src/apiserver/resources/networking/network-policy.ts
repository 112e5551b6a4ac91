/** Network policies (pkg/registry/networking/networkpolicy/strategy.go, pkg/apis/networking/validation). */
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../../apimachinery/field-error';
import { contains, parseCIDR, validateLegacyCIDR, warningsForCIDR } from '../../../apimachinery/ip';
import { isValidPortName, isValidPortNum } from '../../../apimachinery/names';
import type { ResourceDefinition } from '../../resource';
import type { LabelSelector } from '../../validation/core-types';
import { complain } from '../../validation/field-checks';
import { hasInvalidLabelValues, type LabelSelectorOptions, validateLabelSelector } from '../../validation/labels';
import { AGE, ageOf, column, formatLabelSelector, NAME, nameOf } from '../columns';

interface IPBlock {
  cidr?: string;
  except?: string[];
}
interface Peer {
  podSelector?: LabelSelector;
  namespaceSelector?: LabelSelector;
  ipBlock?: IPBlock;
}
interface Port {
  protocol?: string;
  port?: number | string;
  endPort?: number;
}
interface NetworkPolicySpec {
  podSelector?: LabelSelector;
  ingress?: { ports?: Port[]; from?: Peer[] }[];
  egress?: { ports?: Port[]; to?: Peer[] }[];
  policyTypes?: string[];
}
interface Options extends LabelSelectorOptions {
  /** Networks that the policy held before stay allowed. */
  known: readonly string[];
}

const definition: ResourceDefinition = {
  group: 'networking.k8s.io',
  resource: 'networkpolicies',
  columns: [NAME, column('Pod-Selector'), AGE],
  cells: (object, now) => [nameOf(object), formatLabelSelector(object.spec?.podSelector), ageOf(object, now)],
  defaults(object) {
    object.spec ??= {};
    const spec: NetworkPolicySpec = object.spec;
    spec.podSelector ??= {};
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])])
      for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
    if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    const known = old
      ? [...blocksOf(old.spec ?? {})].flatMap(([, { cidr, except = [] }]) => [cidr ?? '', ...except])
      : [];
    const options = { known, allowInvalidValues: hasInvalidLabelValues(old?.spec?.podSelector) };
    validateNetworkPolicySpec(object.spec ?? {}, options, errors);
    return errors;
  },
  warnings(object) {
    return [...blocksOf(object.spec ?? {})].flatMap(([path, { cidr = '', except = [] }]) => [
      ...warningsForCIDR(`${path}.cidr`, cidr),
      ...except.flatMap((one, i) => warningsForCIDR(`${path}.except[${i}]`, one)),
    ]);
  },
};
export default definition;

/** The rules of both directions with their paths: ports and peers. */
function* rulesOf(spec: NetworkPolicySpec): Generator<[path: string, peers: string, Port[], Peer[]]> {
  for (const [i, rule] of (spec.ingress ?? []).entries())
    yield [`spec.ingress[${i}]`, 'from', rule.ports ?? [], rule.from ?? []];
  for (const [i, rule] of (spec.egress ?? []).entries())
    yield [`spec.egress[${i}]`, 'to', rule.ports ?? [], rule.to ?? []];
}
function* blocksOf(spec: NetworkPolicySpec): Generator<[path: string, IPBlock]> {
  for (const [path, name, , peers] of rulesOf(spec))
    for (const [i, peer] of peers.entries()) if (peer.ipBlock) yield [`${path}.${name}[${i}].ipBlock`, peer.ipBlock];
}

function validateNetworkPolicySpec(spec: NetworkPolicySpec, options: Options, errors: FieldError[]): void {
  validateLabelSelector('spec.podSelector', spec.podSelector, errors, options);
  for (const [path, name, ports, peers] of rulesOf(spec)) {
    ports.forEach((port, i) => {
      validatePort(`${path}.ports[${i}]`, port, errors);
    });
    peers.forEach((peer, i) => {
      validatePeer(`${path}.${name}[${i}]`, peer, options, errors);
    });
  }
  const types = spec.policyTypes ?? [];
  if (types.length > 2) errors.push(invalid('spec.policyTypes', types, 'may not specify more than two policyTypes'));
  else
    types.forEach((type, i) => {
      if (type !== 'Ingress' && type !== 'Egress')
        errors.push(notSupported(`spec.policyTypes[${i}]`, type, ['Ingress', 'Egress']));
    });
}

function validatePort(path: string, { protocol, port, endPort }: Port, errors: FieldError[]): void {
  const protocols = ['TCP', 'UDP', 'SCTP'];
  if (protocol !== undefined && !protocols.includes(protocol))
    errors.push(notSupported(`${path}.protocol`, protocol, protocols));
  if (typeof port === 'number') {
    complain(`${path}.port`, port, isValidPortNum(port), errors);
    if (endPort === undefined) return;
    if (endPort < port) errors.push(invalid(`${path}.endPort`, port, 'must be greater than or equal to `port`'));
    complain(`${path}.endPort`, endPort, isValidPortNum(endPort), errors);
    return;
  }
  if (endPort !== undefined)
    errors.push(
      invalid(
        `${path}.endPort`,
        endPort,
        port === undefined
          ? 'may not be specified when `port` is not specified'
          : 'may not be specified when `port` is non-numeric',
      ),
    );
  if (port !== undefined) complain(`${path}.port`, port, isValidPortName(port), errors);
}

function validatePeer(path: string, peer: Peer, options: Options, errors: FieldError[]): void {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  if (podSelector) validateLabelSelector(`${path}.podSelector`, podSelector, errors, options);
  if (namespaceSelector) validateLabelSelector(`${path}.namespaceSelector`, namespaceSelector, errors, options);
  if (ipBlock) validateIPBlock(`${path}.ipBlock`, ipBlock, options, errors);
  if (!podSelector && !namespaceSelector && !ipBlock) errors.push(required(path, 'must specify a peer'));
  else if (ipBlock && (podSelector || namespaceSelector))
    errors.push(forbiddenField(path, 'may not specify both ipBlock and another peer'));
}

function validateIPBlock(
  path: string,
  { cidr = '', except = [] }: IPBlock,
  options: Options,
  errors: FieldError[],
): void {
  if (cidr === '') {
    errors.push(required(`${path}.cidr`));
    return;
  }
  validateLegacyCIDR(`${path}.cidr`, cidr, errors, options.known);
  const network = parseCIDR(cidr);
  if (!network) return;
  except.forEach((text, i) => {
    validateLegacyCIDR(`${path}.except[${i}]`, text, errors, options.known);
    const part = parseCIDR(text);
    if (part && (!contains(network, part.address) || network.prefix >= part.prefix))
      errors.push(invalid(`${path}.except[${i}]`, text, 'must be a strict subset of `cidr`'));
  });
}
