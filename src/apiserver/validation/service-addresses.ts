/** The cluster addresses and address families of a Service, and how they may change (ValidateServiceClusterIPsRelatedFields). */
import { duplicate, type FieldError, invalid, notSupported, required } from '../../apimachinery/field-error';
import { parseIP, validateLegacyIP } from '../../apimachinery/ip';
import { isHeadless, type ServiceSpec } from './service-types';

const isIPv6 = (address: string): boolean => parseIP(address)?.family === 6;

/** Run before addresses are handed out, and again with all of the rest. */
export function validateClusterIPFields(spec: ServiceSpec, old: ServiceSpec | undefined, errors: FieldError[]): void {
  if (spec.type === 'ExternalName') return;
  const { clusterIP = '', clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  if (clusterIP !== '') {
    if (clusterIPs.length === 0) errors.push(required('spec.clusterIPs'));
    else if (clusterIPs[0] !== clusterIP)
      errors.push(invalid('spec.clusterIPs', clusterIPs, 'first value must match `clusterIP`'));
  } else if (clusterIPs.length > 0) {
    errors.push(invalid('spec.clusterIPs', clusterIPs, 'must be empty when `clusterIP` is not specified'));
  }
  ipFamilies.forEach((family, i) => {
    if (family !== 'IPv4' && family !== 'IPv6')
      errors.push(notSupported(`spec.ipFamilies[${i}]`, family, ['IPv4', 'IPv6']));
    if (ipFamilies.indexOf(family) < i) errors.push(duplicate(`spec.ipFamilies[${i}]`, family));
  });
  const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
  if (ipFamilyPolicy !== undefined && !policies.includes(ipFamilyPolicy))
    errors.push(notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, policies));
  if (!validateAddresses(clusterIPs, old?.clusterIPs, errors)) return;
  if (isHeadless(spec)) return;
  clusterIPs.forEach((address, i) => {
    const family = ipFamilies[i];
    if (family === 'IPv4' && isIPv6(address))
      errors.push(
        invalid(`spec.clusterIPs[${i}]`, address, `expected an IPv4 value as indicated by \`ipFamilies[${i}]\``),
      );
    if (family === 'IPv6' && !isIPv6(address))
      errors.push(
        invalid(`spec.clusterIPs[${i}]`, address, `expected an IPv6 value as indicated by \`ipFamilies[${i}]\``),
      );
  });
}

/** False where one is no address at all, after which nothing can be said of them together. */
function validateAddresses(addresses: string[], old: readonly string[] | undefined, errors: FieldError[]): boolean {
  let usable = true;
  addresses.forEach((address, i) => {
    if (i === 0 && address === 'None') {
      if (addresses.length === 1) return;
      usable = false;
      errors.push(invalid('spec.clusterIPs', addresses, "'None' must be the first and only value"));
      return;
    }
    const before = errors.length;
    validateLegacyIP(`spec.clusterIPs[${i}]`, address, errors, old);
    if (errors.length > before) usable = false;
  });
  if (addresses.length > 2) errors.push(invalid('spec.clusterIPs', addresses, 'may only hold up to 2 values'));
  if (!usable) return false;
  if (addresses.length > 1) {
    const dual = addresses.some(isIPv6) && !addresses.every(isIPv6);
    if (!dual) errors.push(invalid('spec.clusterIPs', addresses, 'may specify no more than one IP for each IP family'));
  }
  return true;
}

/** validateUpgradeDowngradeClusterIPs. */
export function validateClusterIPUpdate(spec: ServiceSpec, old: ServiceSpec, errors: FieldError[]): void {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return;
  if (isHeadless(spec) && isHeadless(old)) return;
  const now = spec.clusterIPs ?? [];
  const was = old.clusterIPs ?? [];
  const once = (i: number) => errors.push(invalid(`spec.clusterIPs[${i}]`, now, 'may not change once set'));
  if (was.length === now.length) {
    was.forEach((address, i) => {
      if (address !== now[i]) once(i);
    });
    return;
  }
  if (was.length > now.length && now.length === 0)
    errors.push(invalid('spec.clusterIPs[0]', spec.clusterIPs ?? null, 'primary clusterIP can not be unset'));
  if (was.length > 0 && now.length > 0 && was[0] !== now[0]) once(0);
  if (was.length > now.length && now.length === 1 && spec.ipFamilyPolicy !== 'SingleStack')
    errors.push(
      invalid(
        'spec.ipFamilyPolicy',
        spec.ipFamilyPolicy ?? null,
        "must be set to 'SingleStack' when releasing the secondary clusterIP",
      ),
    );
}

/** validateUpgradeDowngradeIPFamilies. */
export function validateIPFamilyUpdate(spec: ServiceSpec, old: ServiceSpec, errors: FieldError[]): void {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return;
  if (isHeadless(spec) || isHeadless(old)) return;
  const now = spec.ipFamilies ?? [];
  const was = old.ipFamilies ?? [];
  const field = 'spec.ipFamilies[0]';
  if (was.length === now.length) {
    was.forEach((family, i) => {
      if (family !== now[i]) errors.push(invalid(field, now, 'may not change once set'));
    });
    return;
  }
  if (was.length > now.length && !spec.clusterIPs?.length)
    errors.push(invalid(field, spec.ipFamilies ?? null, 'primary ipFamily can not be unset'));
  // Here upstream shows the addresses, not the families.
  if (was.length > 0 && now.length > 0 && was[0] !== now[0])
    errors.push(invalid(field, spec.clusterIPs ?? null, 'may not change once set'));
  if (was.length > now.length && now.length === 1 && spec.ipFamilyPolicy !== 'SingleStack')
    errors.push(
      invalid(
        'spec.ipFamilyPolicy',
        spec.ipFamilyPolicy ?? null,
        "must be set to 'SingleStack' when releasing the secondary ipFamily",
      ),
    );
}
