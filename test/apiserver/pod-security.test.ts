import { readPodSecurityConfiguration } from '../../src/apiserver/admission/pod-security/configuration';
import { detailsOf, evaluatePod } from '../../src/apiserver/admission/pod-security/evaluate';
import type { Container, PodSpec } from '../../src/apiserver/admission/pod-security/pod';
import { LATEST, type LevelVersion, parseVersion, policyOf } from '../../src/apiserver/admission/pod-security/policy';

const BASELINE: LevelVersion = { level: 'baseline', version: LATEST };
const RESTRICTED: LevelVersion = { level: 'restricted', version: LATEST };

/** A pod that nobody minds. */
const SAFE: PodSpec = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [safe('main')],
};

function safe(name: string, more: Container = {}): Container {
  const { securityContext, ...rest } = more;
  return {
    name,
    image: 'x',
    ...rest,
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, ...securityContext },
  };
}

function judge(level: LevelVersion, spec: PodSpec, annotations: Record<string, string> = {}): string {
  return detailsOf(evaluatePod(level, { annotations, spec }));
}

const PLACES = ['containers', 'initContainers', 'ephemeralContainers'] as const;

/** SAFE with a container `a` beside its own. */
function withContainer(place: (typeof PLACES)[number], container: Container): PodSpec {
  const main = SAFE.containers ?? [];
  return place === 'containers' ? { ...SAFE, containers: [...main, container] } : { ...SAFE, [place]: [container] };
}

const host = (kind: string, handler: object) => ({ [kind]: handler });
const get = { httpGet: { host: '1.2.3.4', port: 80 } };
const connect = { tcpSocket: { host: 'db', port: 80 } };
const probe = (address: string) => `probe or lifecycle host (container "a" uses probe or lifecycle host "${address}")`;
const add = (...capabilities: string[]) => ({
  securityContext: { capabilities: { add: capabilities, drop: ['ALL'] } },
});
const context = (fields: object) => ({ securityContext: fields });

/** What a container sets, and what is said of it; the levels that mind. */
const CONTAINERS: readonly [fields: object, baseline: string, restricted?: string][] = [
  // What is well.
  [context({ privileged: false }), ''],
  [context({ procMount: 'Default' }), ''],
  [context({ seLinuxOptions: { type: 'container_t' } }), ''],
  [context({ seLinuxOptions: { type: 'container_init_t' } }), ''],
  [context({ seLinuxOptions: { type: 'container_kvm_t' } }), ''],
  [context({ seLinuxOptions: { type: 'container_engine_t' } }), ''],
  [context({ seLinuxOptions: { level: 's0:c1' } }), ''],
  [context({ seccompProfile: { type: 'RuntimeDefault' } }), ''],
  [context({ seccompProfile: { type: 'Localhost', localhostProfile: 'x' } }), ''],
  [context({ appArmorProfile: { type: 'RuntimeDefault' } }), ''],
  [context({ appArmorProfile: { type: 'Localhost', localhostProfile: 'x' } }), ''],
  [context({ windowsOptions: { hostProcess: false } }), ''],
  [context({ runAsUser: 1000 }), ''],
  [context({ runAsNonRoot: true }), ''],
  [context({ readOnlyRootFilesystem: true }), ''],
  [add('NET_BIND_SERVICE'), ''],
  [{ ports: [{ containerPort: 80 }] }, ''],
  [{ ports: [{ containerPort: 80, hostPort: 0 }] }, ''],
  [host('livenessProbe', { httpGet: { port: 80 } }), ''],
  [host('readinessProbe', { tcpSocket: { port: 80, host: '' } }), ''],
  [host('lifecycle', { preStop: { exec: { command: ['x'] } } }), ''],
  // What both mind.
  [context({ privileged: true }), 'privileged (container "a" must not set securityContext.privileged=true)'],
  [
    context({ procMount: 'Unmasked' }),
    'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
  ],
  [
    context({ seLinuxOptions: { type: 'spc_t' } }),
    'seLinuxOptions (container "a" set forbidden securityContext.seLinuxOptions: type "spc_t")',
  ],
  [
    context({ seLinuxOptions: { user: 'u' } }),
    'seLinuxOptions (container "a" set forbidden securityContext.seLinuxOptions: user may not be set)',
  ],
  [
    context({ seLinuxOptions: { role: 'r' } }),
    'seLinuxOptions (container "a" set forbidden securityContext.seLinuxOptions: role may not be set)',
  ],
  [
    context({ seLinuxOptions: { role: 'r', type: 't', user: 'u' } }),
    'seLinuxOptions (container "a" set forbidden securityContext.seLinuxOptions: type "t"; user may not be set; role may not be set)',
  ],
  [
    context({ seccompProfile: { type: 'Unconfined' } }),
    'seccompProfile (container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
  ],
  [
    context({ appArmorProfile: { type: 'Unconfined' } }),
    'forbidden AppArmor profile (container "a" must not set AppArmor profile type to "Unconfined")',
  ],
  [
    context({ windowsOptions: { hostProcess: true } }),
    'hostProcess (container "a" must not set securityContext.windowsOptions.hostProcess=true)',
  ],
  [{ ports: [{ hostPort: 80 }] }, 'hostPort (container "a" uses hostPort 80)'],
  [{ ports: [{ hostPort: 90 }, { hostPort: 8080 }] }, 'hostPort (container "a" uses hostPorts 8080, 90)'],
  [host('livenessProbe', get), probe('1.2.3.4')],
  [host('readinessProbe', get), probe('1.2.3.4')],
  [host('startupProbe', get), probe('1.2.3.4')],
  [host('livenessProbe', connect), probe('db')],
  [host('readinessProbe', connect), probe('db')],
  [host('startupProbe', connect), probe('db')],
  [host('lifecycle', { postStart: get }), probe('1.2.3.4')],
  [host('lifecycle', { preStop: get }), probe('1.2.3.4')],
  [host('lifecycle', { postStart: connect }), probe('db')],
  [host('lifecycle', { preStop: connect }), probe('db')],
  [
    add('NET_RAW', 'CHOWN', 'SYS_ADMIN'),
    'non-default capabilities (container "a" must not include "NET_RAW", "SYS_ADMIN" in securityContext.capabilities.add)',
    'unrestricted capabilities (container "a" must not include "CHOWN", "NET_RAW", "SYS_ADMIN" in securityContext.capabilities.add)',
  ],
  // What only `restricted` minds.
  ...'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'
    .split(' ')
    .map((capability): [object, string, string] => [
      add(capability),
      '',
      `unrestricted capabilities (container "a" must not include "${capability}" in securityContext.capabilities.add)`,
    ]),
  [
    context({ allowPrivilegeEscalation: true }),
    '',
    'allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false)',
  ],
  [
    context({ allowPrivilegeEscalation: undefined }),
    '',
    'allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false)',
  ],
  [
    context({ capabilities: undefined }),
    '',
    'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"])',
  ],
  [
    context({ capabilities: { drop: ['NET_RAW'] } }),
    '',
    'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"])',
  ],
  [
    context({ capabilities: { add: ['KILL'] } }),
    '',
    'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]; container "a" must not include "KILL" in securityContext.capabilities.add)',
  ],
  [
    context({ runAsNonRoot: false }),
    '',
    'runAsNonRoot != true (container "a" must not set securityContext.runAsNonRoot=false)',
  ],
  [context({ runAsUser: 0 }), '', 'runAsUser=0 (container "a" must not set runAsUser=0)'],
];

const volume = (type: string): [PodSpec, string, string] => [
  { volumes: [{ name: 'v', [type]: {} }] },
  type === 'hostPath' ? 'hostPath volumes (volume "v")' : '',
  `restricted volume types (volume "v" uses restricted volume type "${type}")`,
];

/** The same of what is set for the whole pod. */
const PODS: readonly [fields: PodSpec, baseline: string, restricted?: string][] = [
  [{}, ''],
  [{ hostNetwork: false, hostPID: false, hostIPC: false }, ''],
  ...'configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret'
    .split(' ')
    .map((type): [PodSpec, string] => [{ volumes: [{ name: 'v', [type]: {} }] }, '']),
  ...'kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.tcp_syncookies net.ipv4.ping_group_range net.ipv4.ip_unprivileged_port_start net.ipv4.ip_local_reserved_ports net.ipv4.tcp_keepalive_time net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes net.ipv4.tcp_rmem net.ipv4.tcp_wmem'
    .split(' ')
    .map((name): [PodSpec, string] => [{ securityContext: { ...SAFE.securityContext, sysctls: [{ name }] } }, '']),
  [{ hostNetwork: true }, 'host namespaces (hostNetwork=true)'],
  [{ hostPID: true }, 'host namespaces (hostPID=true)'],
  [{ hostIPC: true }, 'host namespaces (hostIPC=true)'],
  [
    { hostIPC: true, hostNetwork: true, hostPID: true },
    'host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)',
  ],
  ...'hostPath gcePersistentDisk awsElasticBlockStore gitRepo nfs iscsi glusterfs rbd flexVolume cinder cephfs flocker fc azureFile vsphereVolume quobyte azureDisk photonPersistentDisk portworxVolume scaleIO storageos'
    .split(' ')
    .map(volume),
  [
    {
      volumes: [
        { name: 'v', nfs: {} },
        { name: 'w', hostPath: {} },
      ],
    },
    'hostPath volumes (volume "w")',
    'restricted volume types (volumes "v", "w" use restricted volume types "hostPath", "nfs")',
  ],
  [{ volumes: [{ name: 'v' }] }, '', 'restricted volume types (volume "v" uses restricted volume type "unknown")'],
  [
    { securityContext: { ...SAFE.securityContext, sysctls: [{ name: 'kernel.msgmax' }, { name: 'net.core.x' }] } },
    'forbidden sysctls (kernel.msgmax, net.core.x)',
  ],
  [
    { securityContext: { ...SAFE.securityContext, seLinuxOptions: { type: 'spc_t' } } },
    'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "spc_t")',
  ],
  [
    { securityContext: { ...SAFE.securityContext, windowsOptions: { hostProcess: true } } },
    'hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)',
  ],
  [
    { securityContext: { ...SAFE.securityContext, appArmorProfile: { type: 'Unconfined' } } },
    'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
  ],
  [
    { securityContext: { ...SAFE.securityContext, seccompProfile: { type: 'Unconfined' } } },
    'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
  ],
  [
    { securityContext: { runAsNonRoot: true } },
    '',
    'seccompProfile (pod or container "main" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  ],
  [
    { securityContext: { seccompProfile: { type: 'Localhost' } } },
    '',
    'runAsNonRoot != true (pod or container "main" must set securityContext.runAsNonRoot=true)',
  ],
  [
    { securityContext: { ...SAFE.securityContext, runAsNonRoot: false } },
    '',
    'runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)',
  ],
  [{ securityContext: { ...SAFE.securityContext, runAsUser: 0 } }, '', 'runAsUser=0 (pod must not set runAsUser=0)'],
  // Who is root in a user namespace is nobody outside.
  [{ hostUsers: false, securityContext: { ...SAFE.securityContext, runAsUser: 0, runAsNonRoot: false } }, ''],
  [
    { hostUsers: false, containers: [safe('main', context({ procMount: 'Unmasked' }))] },
    '',
    'procMount (container "main" must not set securityContext.procMount to "Unmasked")',
  ],
  [{ containers: [{ name: 'main' }], os: { name: 'windows' }, securityContext: { runAsNonRoot: true } }, ''],
  [
    {
      containers: [
        safe('one', { ports: [{ hostPort: 80 }], securityContext: { privileged: true } }),
        safe('two', { ports: [{ hostPort: 80 }], securityContext: { privileged: true } }),
      ],
    },
    'hostPort (containers "one", "two" use hostPort 80), privileged (containers "one", "two" must not set securityContext.privileged=true)',
  ],
];

const ANNOTATIONS: readonly [annotations: Record<string, string>, level: LevelVersion, said: string][] = [
  [{ 'container.apparmor.security.beta.kubernetes.io/main': 'runtime/default' }, BASELINE, ''],
  [{ 'container.apparmor.security.beta.kubernetes.io/main': 'localhost/x' }, BASELINE, ''],
  [{ 'container.apparmor.security.beta.kubernetes.io/main': '' }, BASELINE, ''],
  [
    { 'container.apparmor.security.beta.kubernetes.io/main': 'unconfined' },
    BASELINE,
    'forbidden AppArmor profile (annotation must not set AppArmor profile type to "container.apparmor.security.beta.kubernetes.io/main="unconfined"")',
  ],
  [
    { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' },
    { level: 'baseline', version: 18 },
    'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")',
  ],
  [
    { 'container.seccomp.security.alpha.kubernetes.io/main': 'unconfined' },
    { level: 'restricted', version: 8 },
    'seccompProfile (forbidden annotation container.seccomp.security.alpha.kubernetes.io/main="unconfined")',
  ],
  [{ 'seccomp.security.alpha.kubernetes.io/pod': 'docker/default' }, { level: 'baseline', version: 18 }, ''],
  [{ 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' }, { level: 'baseline', version: 19 }, ''],
];

const cases = CONTAINERS.length * PLACES.length * 2 + PODS.length * 2 + ANNOTATIONS.length;

test('there are passing and failing pods enough', () => {
  expect(cases).toBeGreaterThan(300);
});

describe.each(PLACES)('%s', (place) => {
  test.each(CONTAINERS)('%j', (fields, baseline, restricted = baseline) => {
    const spec = withContainer(place, safe('a', fields as Container));
    expect({ baseline: judge(BASELINE, spec), restricted: judge(RESTRICTED, spec) }).toEqual({ baseline, restricted });
    expect(judge({ level: 'privileged', version: LATEST }, spec)).toBe('');
  });
});

test.each(PODS)('a pod with %j', (fields, baseline, restricted = baseline) => {
  const spec = { ...SAFE, ...fields };
  expect({ baseline: judge(BASELINE, spec), restricted: judge(RESTRICTED, spec) }).toEqual({ baseline, restricted });
});

test.each(ANNOTATIONS)('a pod annotated %j', (annotations, level, said) => {
  expect(judge(level, SAFE, annotations)).toBe(said);
});

/** Versions are what a level asked for then: [what, from which minor it is minded, until which]. */
test.each<[string, LevelVersion['level'], PodSpec, number, number]>([
  [
    'allowPrivilegeEscalation',
    'restricted',
    { containers: [safe('a', context({ allowPrivilegeEscalation: true }))] },
    8,
    99,
  ],
  ['drop ALL', 'restricted', { containers: [safe('a', context({ capabilities: {} }))] }, 22, 99],
  ['runAsUser', 'restricted', { securityContext: { ...SAFE.securityContext, runAsUser: 0 } }, 23, 99],
  ['seccompProfile', 'restricted', { securityContext: { runAsNonRoot: true } }, 19, 99],
  ['hosts of probes', 'baseline', { containers: [safe('a', host('livenessProbe', get))] }, 34, 99],
  [
    'container_engine_t',
    'baseline',
    { containers: [safe('a', context({ seLinuxOptions: { type: 'container_engine_t' } }))] },
    0,
    30,
  ],
  [
    'reserved ports',
    'baseline',
    { securityContext: { sysctls: [{ name: 'net.ipv4.ip_local_reserved_ports' }] } },
    0,
    26,
  ],
  ['keepalive', 'baseline', { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_keepalive_time' }] } }, 0, 28],
  ['rmem', 'baseline', { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem' }] } }, 0, 31],
  [
    'Unmasked with user namespaces',
    'baseline',
    { hostUsers: false, containers: [safe('a', context({ procMount: 'Unmasked' }))] },
    0,
    34,
  ],
  [
    'root with user namespaces',
    'restricted',
    { hostUsers: false, securityContext: { ...SAFE.securityContext, runAsUser: 0 } },
    23,
    34,
  ],
])('%s is minded by %s in some versions', (_, level, fields, first, last) => {
  const spec = { ...SAFE, ...fields };
  for (let version = 0; version < 40; version++)
    expect({ version, minded: judge({ level, version }, spec) !== '' }).toEqual({
      version,
      minded: version >= first && version <= last,
    });
});

test.each([
  ['latest', LATEST],
  ['v1.0', 0],
  ['v1.36', 36],
  ['v1.036', undefined],
  ['1.36', undefined],
  ['v2.0', undefined],
  ['', undefined],
])('version %j', (text, version) => {
  expect(parseVersion(text)).toBe(version);
});

describe('the labels of a namespace', () => {
  const { defaults } = readPodSecurityConfiguration(undefined);
  const read = (labels: Record<string, string>) =>
    policyOf(
      Object.fromEntries(Object.entries(labels).map(([name, value]) => [`pod-security.kubernetes.io/${name}`, value])),
      defaults,
    );

  test('whoever enforces warns too, unless told otherwise', () => {
    expect(read({ enforce: 'baseline', 'enforce-version': 'v1.30' }).policy).toEqual({
      enforce: { level: 'baseline', version: 30 },
      audit: { level: 'privileged', version: LATEST },
      warn: { level: 'baseline', version: 30 },
    });
    expect(read({ enforce: 'baseline', warn: 'privileged' }).policy.warn.level).toBe('privileged');
    expect(read({ enforce: 'baseline', 'warn-version': 'v1.2' }).policy.warn).toEqual({
      level: 'baseline',
      version: 2,
    });
  });

  test('what can not be read is strict where it is enforced, and nothing elsewhere', () => {
    const { policy, errors } = read({ enforce: 'strict', audit: 'x', warn: 'y', 'enforce-version': 'z' });
    expect([policy.enforce.level, policy.audit.level, policy.warn.level]).toEqual([
      'restricted',
      'privileged',
      'privileged',
    ]);
    expect(errors.map(({ field, body }) => `${field}: ${body}`)).toEqual([
      'metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted',
      'metadata.labels[pod-security.kubernetes.io/enforce-version]: Invalid value: "z": must be "latest" or "v1.x"',
      'metadata.labels[pod-security.kubernetes.io/audit]: Invalid value: "x": must be one of privileged, baseline, restricted',
      'metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: "y": must be one of privileged, baseline, restricted',
    ]);
  });
});
