/** Endpoints and endpoint slices (validateEndpointSubsets, pkg/apis/discovery/validation). */
import { duplicate, type FieldError, invalid, notSupported, required, tooMany } from '../../apimachinery/field-error';
import {
  isLinkLocalMulticast,
  isLinkLocalUnicast,
  isLoopback,
  isUnspecified,
  parseIP,
  validateIP,
  validateLegacyIP,
} from '../../apimachinery/ip';
import {
  isDNS1123Label,
  isDNS1123Subdomain,
  isValidLabelValue,
  isValidPortNum,
  nameIsDNSSubdomain,
} from '../../apimachinery/names';
import { complain, validateDNS1123Label, validateQualifiedName } from './field-checks';
import { validateLabels } from './labels';

interface EndpointAddress {
  ip?: string;
  hostname?: string;
  nodeName?: string;
}
interface EndpointPort {
  name?: string;
  port?: number;
  protocol?: string;
  appProtocol?: string;
}
export interface EndpointSubset {
  addresses?: EndpointAddress[];
  notReadyAddresses?: EndpointAddress[];
  ports?: EndpointPort[];
}
export interface SliceEndpoint {
  addresses?: string[];
  nodeName?: string;
  hostname?: string;
  deprecatedTopology?: Record<string, string>;
  hints?: { forZones?: { name?: string }[]; forNodes?: { name?: string }[] };
}

const protocols = ['SCTP', 'TCP', 'UDP'];

/** ValidateEndpointIP: addresses that nothing outside a machine can mean. */
export function validateEndpointIP(field: string, text: string, errors: FieldError[]): void {
  const address = parseIP(text);
  if (!address) {
    errors.push(invalid(field, text, 'must be a valid IP address'));
    return;
  }
  if (isUnspecified(address)) errors.push(invalid(field, text, `may not be unspecified (${text})`));
  if (isLoopback(address)) errors.push(invalid(field, text, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'));
  if (isLinkLocalUnicast(address))
    errors.push(invalid(field, text, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'));
  if (isLinkLocalMulticast(address))
    errors.push(invalid(field, text, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'));
}

export function validateSubsets(subsets: readonly EndpointSubset[] = [], errors: FieldError[]): void {
  for (const [i, subset] of subsets.entries()) {
    const at = `subsets[${i}]`;
    const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
    if (addresses.length === 0 && notReadyAddresses.length === 0)
      errors.push(required(at, 'must specify `addresses` or `notReadyAddresses`'));
    addresses.forEach((address, j) => {
      validateAddress(`${at}.addresses[${j}]`, address, errors);
    });
    notReadyAddresses.forEach((address, j) => {
      validateAddress(`${at}.notReadyAddresses[${j}]`, address, errors);
    });
    ports.forEach((port, j) => {
      validatePort(`${at}.ports[${j}]`, port, ports.length > 1, errors);
    });
  }
}

function validateAddress(path: string, { ip = '', hostname, nodeName }: EndpointAddress, errors: FieldError[]): void {
  validateLegacyIP(`${path}.ip`, ip, errors);
  if (hostname) validateDNS1123Label(`${path}.hostname`, hostname, errors);
  if (nodeName !== undefined) complain(`${path}.nodeName`, nodeName, nameIsDNSSubdomain(nodeName, false), errors);
  validateEndpointIP(`${path}.ip`, ip, errors);
}

function validatePort(path: string, port: EndpointPort, needsName: boolean, errors: FieldError[]): void {
  if (port.name) validateDNS1123Label(`${path}.name`, port.name, errors);
  else if (needsName) errors.push(required(`${path}.name`));
  complain(`${path}.port`, port.port ?? 0, isValidPortNum(port.port ?? 0), errors);
  if (!port.protocol) errors.push(required(`${path}.protocol`));
  else if (!protocols.includes(port.protocol)) errors.push(notSupported(`${path}.protocol`, port.protocol, protocols));
  if (port.appProtocol !== undefined) validateQualifiedName(`${path}.appProtocol`, port.appProtocol, errors);
}

/** Address type and ports of a slice. */
export function validateSliceHead(
  addressType: string | undefined,
  ports: readonly EndpointPort[] = [],
  errors: FieldError[],
): void {
  const types = ['FQDN', 'IPv4', 'IPv6'];
  if (!addressType) errors.push(required('addressType'));
  else if (!types.includes(addressType)) errors.push(notSupported('addressType', addressType, types));
  if (ports.length > 20000) {
    errors.push(tooMany('ports', ports.length, 20000));
    return;
  }
  const names = new Set<string>();
  for (const [i, { name = '', protocol, appProtocol }] of ports.entries()) {
    const at = `ports[${i}]`;
    if (name !== '') validateDNS1123Label(`${at}.name`, name, errors);
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (protocol === undefined) errors.push(required(`${at}.protocol`));
    else if (!protocols.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, protocols));
    if (appProtocol !== undefined) validateQualifiedName(`${at}.appProtocol`, appProtocol, errors);
  }
}

/** The endpoints of a slice. */
export function validateSliceEndpoints(
  endpoints: readonly SliceEndpoint[] = [],
  addressType: string | undefined,
  errors: FieldError[],
): void {
  if (endpoints.length > 1000) {
    errors.push(tooMany('endpoints', endpoints.length, 1000));
    return;
  }
  for (const [i, endpoint] of endpoints.entries()) {
    const at = `endpoints[${i}]`;
    const { nodeName, deprecatedTopology, hostname, hints } = endpoint;
    // Null where the body has none, as Go writes it.
    const addresses = endpoint.addresses ?? [];
    if (addresses.length === 0) errors.push(required(`${at}.addresses`, 'must contain at least 1 address'));
    else if (addresses.length > 100) errors.push(tooMany(`${at}.addresses`, addresses.length, 100));
    addresses.forEach((address, j) => {
      validateSliceAddress(`${at}.addresses`, j, address, addressType, errors);
    });
    if (nodeName !== undefined) complain(`${at}.nodeName`, nodeName, nameIsDNSSubdomain(nodeName, false), errors);
    if (Object.keys(deprecatedTopology ?? {}).length > 16)
      errors.push(tooMany(`${at}.deprecatedTopology`, Object.keys(deprecatedTopology ?? {}).length, 16));
    validateLabels(`${at}.deprecatedTopology`, deprecatedTopology, errors);
    if (hostname !== undefined) validateDNS1123Label(`${at}.hostname`, hostname, errors);
    if (hints) validateHints(`${at}.hints`, hints, errors);
  }
}

function validateSliceAddress(
  path: string,
  i: number,
  address: string,
  type: string | undefined,
  errors: FieldError[],
): void {
  const field = `${path}[${i}]`;
  const before = errors.length;
  if (type === 'FQDN') {
    validateDomainName(field, address, errors);
    return;
  }
  if (type === 'IPv4') validateLegacyIP(field, address, errors);
  else if (type === 'IPv6') validateIP(field, address, errors);
  else return;
  if (errors.length > before) return;
  if (parseIP(address)?.family !== (type === 'IPv4' ? 4 : 6))
    errors.push(invalid(path, address, `must be an ${type} address`));
  validateEndpointIP(field, address, errors);
}

/** validation.IsFullyQualifiedDomainName. */
function validateDomainName(field: string, text: string, errors: FieldError[]): void {
  if (text === '') {
    errors.push(required(field));
    return;
  }
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  const complaints = isDNS1123Subdomain(name);
  if (complaints.length > 0) errors.push(invalid(field, name, complaints.join(',')));
  else if (!name.includes('.'))
    errors.push(invalid(field, name, 'should be a domain with at least two segments separated by dots'));
  else
    for (const label of name.split('.')) {
      const wrong = isDNS1123Label(label);
      if (wrong.length === 0) continue;
      errors.push(invalid(field, label, wrong.join(',')));
      return;
    }
}

function validateHints(path: string, hints: NonNullable<SliceEndpoint['hints']>, errors: FieldError[]): void {
  const lists = [
    ['forZones', (name: string) => isValidLabelValue(name)],
    ['forNodes', (name: string) => nameIsDNSSubdomain(name, false)],
  ] as const;
  for (const [field, judge] of lists) {
    const list = hints[field] ?? [];
    if (list.length > 8) {
      errors.push(tooMany(`${path}.${field}`, list.length, 8));
      return;
    }
    const names = new Set<string>();
    for (const [i, { name = '' }] of list.entries()) {
      const at = `${path}.${field}[${i}].name`;
      if (names.has(name)) errors.push(duplicate(at, name));
      names.add(name);
      complain(at, name, judge(name), errors);
    }
  }
}
