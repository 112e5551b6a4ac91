/** What the level `baseline` forbids: known ways out of a container (k8s.io/pod-security-admission `policy/check_*.go`). */
import type { Check, Complaint } from './check';
import {
  type Container,
  containers,
  containersOf,
  type Judged,
  namesOf,
  plural,
  quoted,
  type SecurityContext,
  setters,
  sorted,
} from './pod';

const complaint = (reason: string, detail: string): Complaint => ({ reason, detail });

const APP_ARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';

function appArmorProfile({ annotations, spec }: Judged): Complaint | undefined {
  const isBad = (context: SecurityContext | undefined) =>
    context?.appArmorProfile !== undefined && !isProfile(context.appArmorProfile.type);
  const typeOf = (context: SecurityContext | undefined) => context?.appArmorProfile?.type ?? '';
  const pod = isBad(spec.securityContext);
  const bad = containersOf(spec).filter(({ securityContext }) => isBad(securityContext));
  const types = sorted([
    ...(pod ? [typeOf(spec.securityContext)] : []),
    ...bad.map(({ securityContext }) => typeOf(securityContext)),
  ]);
  const notes = Object.entries(annotations)
    .filter(([key, value]) => key.startsWith(APP_ARMOR_ANNOTATION) && !/^$|^runtime\/default$|^localhost\//.test(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  const who = setters(
    pod,
    bad.map(({ name = '' }) => name),
  );
  if (notes.length > 0) who.push(plural('annotation', 'annotations', notes.length));
  if (who.length === 0) return undefined;
  const values = [...types, ...notes];
  return complaint(
    plural('forbidden AppArmor profile', 'forbidden AppArmor profiles', values.length),
    `${who.join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
  );
}

function isProfile(type: string | undefined): boolean {
  return type === 'RuntimeDefault' || type === 'Localhost';
}

const DEFAULT_CAPABILITIES: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

function capabilities({ spec }: Judged): Complaint | undefined {
  const added = ({ securityContext }: Container) =>
    (securityContext?.capabilities?.add ?? []).filter((one) => !DEFAULT_CAPABILITIES.has(one));
  const bad = namesOf(spec, (container) => added(container).length > 0);
  if (bad.length === 0) return undefined;
  const what = sorted(containersOf(spec).flatMap(added));
  return complaint(
    'non-default capabilities',
    `${containers(bad)} must not include ${quoted(what)} in securityContext.capabilities.add`,
  );
}

function hostNamespaces({ spec }: Judged): Complaint | undefined {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field] === true);
  return shared.length > 0
    ? complaint('host namespaces', shared.map((field) => `${field}=true`).join(', '))
    : undefined;
}

function hostPathVolumes({ spec }: Judged): Complaint | undefined {
  const bad = (spec.volumes ?? []).filter((volume) => volume['hostPath'] !== undefined).map(({ name = '' }) => name);
  if (bad.length === 0) return undefined;
  return complaint('hostPath volumes', `${plural('volume', 'volumes', bad.length)} ${quoted(bad)}`);
}

function hostPorts({ spec }: Judged): Complaint | undefined {
  const portsOf = ({ ports }: Container) => (ports ?? []).flatMap(({ hostPort }) => (hostPort ? [hostPort] : []));
  const bad = namesOf(spec, (container) => portsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const ports = sorted(containersOf(spec).flatMap(portsOf).map(String));
  const words = [containers(bad), plural('uses', 'use', bad.length), plural('hostPort', 'hostPorts', ports.length)];
  return complaint('hostPort', `${words.join(' ')} ${ports.join(', ')}`);
}

function hostsOfProbes({ spec }: Judged): Complaint | undefined {
  const hostsOf = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Container) =>
    [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].flatMap((handler) =>
      [handler?.httpGet?.host, handler?.tcpSocket?.host].filter((host) => host !== undefined && host !== ''),
    ) as string[];
  const bad = sorted(namesOf(spec, (container) => hostsOf(container).length > 0));
  if (bad.length === 0) return undefined;
  const hosts = sorted(containersOf(spec).flatMap(hostsOf));
  const what = plural('probe or lifecycle host', 'probe or lifecycle hosts', hosts.length);
  return complaint(
    'probe or lifecycle host',
    `${containers(bad)} ${plural('uses', 'use', bad.length)} ${what} ${quoted(hosts)}`,
  );
}

function privileged({ spec }: Judged): Complaint | undefined {
  const bad = namesOf(spec, ({ securityContext }) => securityContext?.privileged === true);
  return bad.length > 0
    ? complaint('privileged', `${containers(bad)} must not set securityContext.privileged=true`)
    : undefined;
}

/** Of restricted pods too. */
export function procMount({ spec }: Judged): Complaint | undefined {
  const isBad = ({ securityContext }: Container) => (securityContext?.procMount ?? 'Default') !== 'Default';
  const bad = containersOf(spec).filter(isBad);
  if (bad.length === 0) return undefined;
  const types = sorted(bad.map(({ securityContext }) => securityContext?.procMount ?? ''));
  return complaint(
    'procMount',
    `${containers(namesOf(spec, isBad))} must not set securityContext.procMount to ${quoted(types)}`,
  );
}

function seLinuxOptions(types: ReadonlySet<string>): Check['versions'][number]['judge'] {
  return ({ spec }) => {
    const set = [
      { who: undefined, options: spec.securityContext?.seLinuxOptions },
      ...containersOf(spec).map(({ name = '', securityContext }) => ({
        who: name,
        options: securityContext?.seLinuxOptions,
      })),
    ].filter(({ options }) => options && (!types.has(options.type ?? '') || options.user || options.role));
    if (set.length === 0) return undefined;
    const badTypes = sorted(set.map(({ options }) => options?.type ?? '').filter((type) => !types.has(type)));
    const wrong = [
      ...(badTypes.length > 0 ? [`${plural('type', 'types', badTypes.length)} ${quoted(badTypes)}`] : []),
      ...(set.some(({ options }) => options?.user) ? ['user may not be set'] : []),
      ...(set.some(({ options }) => options?.role) ? ['role may not be set'] : []),
    ];
    const names = set.flatMap(({ who }) => (who === undefined ? [] : [who]));
    const who = setters(
      set.some((one) => one.who === undefined),
      names,
    );
    return complaint(
      'seLinuxOptions',
      `${who.join(' and ')} set forbidden securityContext.seLinuxOptions: ${wrong.join('; ')}`,
    );
  };
}

const SELINUX_TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t'];

const SECCOMP_POD_ANNOTATION = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER_ANNOTATION = 'container.seccomp.security.alpha.kubernetes.io/';

function seccompAnnotations({ annotations, spec }: Judged): Complaint | undefined {
  const keys = [SECCOMP_POD_ANNOTATION, ...containersOf(spec).map(({ name }) => SECCOMP_CONTAINER_ANNOTATION + name)];
  const bad = sorted(
    keys
      .filter((key) => Object.hasOwn(annotations, key))
      .filter((key) => !/^(runtime|docker)\/default$|^localhost\//.test(annotations[key] ?? ''))
      .map((key) => `${key}=${JSON.stringify(annotations[key])}`),
  );
  if (bad.length === 0) return undefined;
  return complaint('seccompProfile', `forbidden ${plural('annotation', 'annotations', bad.length)} ${bad.join(', ')}`);
}

/** What is said where a profile is set that may not be; restricted pods have to hear it too. */
export function seccompProfile({ spec }: Judged): Complaint | undefined {
  const isBad = (context: SecurityContext | undefined) =>
    context?.seccompProfile !== undefined && !isProfile(context.seccompProfile.type);
  const bad = containersOf(spec).filter(({ securityContext }) => isBad(securityContext));
  const pod = isBad(spec.securityContext);
  const who = setters(
    pod,
    bad.map(({ name = '' }) => name),
  );
  if (who.length === 0) return undefined;
  const types = sorted(
    [...(pod ? [spec.securityContext] : []), ...bad.map(({ securityContext }) => securityContext)].map(
      (context) => context?.seccompProfile?.type ?? '',
    ),
  );
  return complaint(
    'seccompProfile',
    `${who.join(' and ')} must not set securityContext.seccompProfile.type to ${quoted(types)}`,
  );
}

function sysctls(safe: readonly string[]): Check['versions'][number]['judge'] {
  return ({ spec }) => {
    const bad = (spec.securityContext?.sysctls ?? [])
      .map(({ name = '' }) => name)
      .filter((name) => !safe.includes(name));
    return bad.length > 0 ? complaint('forbidden sysctls', bad.join(', ')) : undefined;
  };
}

const SYSCTLS_0 = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
];
const SYSCTLS_27 = [...SYSCTLS_0, 'net.ipv4.ip_local_reserved_ports'];
const SYSCTLS_29 = [
  ...SYSCTLS_27,
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
];
const SYSCTLS_32 = [...SYSCTLS_29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];

function windowsHostProcess({ spec }: Judged): Complaint | undefined {
  const isHost = (context: SecurityContext | undefined) => context?.windowsOptions?.hostProcess === true;
  const who = setters(
    isHost(spec.securityContext),
    namesOf(spec, ({ securityContext }) => isHost(securityContext)),
  );
  if (who.length === 0) return undefined;
  return complaint('hostProcess', `${who.join(' and ')} must not set securityContext.windowsOptions.hostProcess=true`);
}

/** Sorted by id, as they are told. */
export const BASELINE_CHECKS: readonly Check[] = [
  { id: 'appArmorProfile', versions: [{ since: 0, judge: appArmorProfile }] },
  { id: 'capabilities_baseline', versions: [{ since: 0, judge: capabilities }] },
  { id: 'hostNamespaces', versions: [{ since: 0, judge: hostNamespaces }] },
  { id: 'hostPathVolumes', versions: [{ since: 0, judge: hostPathVolumes }] },
  { id: 'hostPorts', versions: [{ since: 0, judge: hostPorts }] },
  { id: 'hostProbesAndHostLifecycle', versions: [{ since: 34, judge: hostsOfProbes }] },
  { id: 'privileged', versions: [{ since: 0, judge: privileged }] },
  {
    id: 'procMount',
    versions: [
      { since: 0, judge: procMount },
      // Root in a user namespace of its own is nobody outside of it.
      { since: 35, judge: (pod) => (pod.spec.hostUsers === false ? undefined : procMount(pod)) },
    ],
  },
  {
    id: 'seLinuxOptions',
    versions: [
      { since: 0, judge: seLinuxOptions(new Set(SELINUX_TYPES)) },
      { since: 31, judge: seLinuxOptions(new Set([...SELINUX_TYPES, 'container_engine_t'])) },
    ],
  },
  {
    id: 'seccompProfile_baseline',
    versions: [
      { since: 0, judge: seccompAnnotations },
      { since: 19, judge: seccompProfile },
    ],
  },
  {
    id: 'sysctls',
    versions: [
      { since: 0, judge: sysctls(SYSCTLS_0) },
      { since: 27, judge: sysctls(SYSCTLS_27) },
      { since: 29, judge: sysctls(SYSCTLS_29) },
      { since: 32, judge: sysctls(SYSCTLS_32) },
    ],
  },
  { id: 'windowsHostProcess', versions: [{ since: 0, judge: windowsHostProcess }] },
];
