/** Security contexts of pods and containers (ValidateSecurityContext, validatePodSpecSecurityContext and what they call). */
import {
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../../apimachinery/field-error';
import type { Json } from '../../apimachinery/json';
import { isDNS1123Subdomain, isValidUserOrGroupID, utf8Length } from '../../apimachinery/names';
import type { PodSpec, SeccompProfile, SecurityContext, WindowsOptions } from './core-types';
import { visitContainers } from './core-types';
import { complain } from './field-checks';
import { validateLocalDescendingPath } from './paths';

/** Of a container; `hostUsers` is what the pod says, true unless it says false. */
export function validateSecurityContext(
  path: string,
  context: SecurityContext | undefined,
  hostUsers: boolean,
  errors: FieldError[],
): void {
  if (!context) return;
  validateID(`${path}.runAsUser`, context.runAsUser, errors);
  validateID(`${path}.runAsGroup`, context.runAsGroup, errors);
  if (context.procMount !== undefined) {
    if (context.procMount !== 'Default' && context.procMount !== 'Unmasked')
      errors.push(notSupported(`${path}.procMount`, context.procMount, ['Default', 'Unmasked']));
    if (hostUsers && context.procMount === 'Unmasked')
      errors.push(invalid(`${path}.procMount`, context.procMount, '`hostUsers` must be false to use `Unmasked`'));
  }
  validateSeccompProfile(`${path}.seccompProfile`, context.seccompProfile, errors);
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged === true)
      errors.push(
        invalid(
          path,
          internalSecurityContext(context),
          'cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
        ),
      );
    for (const capability of context.capabilities?.add ?? [])
      if (capability === 'CAP_SYS_ADMIN')
        errors.push(
          invalid(
            path,
            internalSecurityContext(context),
            'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN',
          ),
        );
  }
  validateWindowsOptions(`${path}.windowsOptions`, context.windowsOptions, errors);
  validateAppArmorProfile(`${path}.appArmorProfile`, context.appArmorProfile, errors);
}

/** How the server prints the whole context: with the field names of its internal type, absent ones as null. */
function internalSecurityContext(context: SecurityContext): Json {
  const capabilities = context.capabilities;
  return {
    Capabilities: capabilities ? { Add: capabilities.add ?? null, Drop: capabilities.drop ?? null } : null,
    Privileged: context.privileged ?? null,
    SELinuxOptions: (context.seLinuxOptions as Json) ?? null,
    WindowsOptions: (context.windowsOptions as Json) ?? null,
    RunAsUser: context.runAsUser ?? null,
    RunAsGroup: context.runAsGroup ?? null,
    RunAsNonRoot: context.runAsNonRoot ?? null,
    ReadOnlyRootFilesystem: context.readOnlyRootFilesystem ?? null,
    AllowPrivilegeEscalation: context.allowPrivilegeEscalation ?? null,
    ProcMount: context.procMount ?? null,
    SeccompProfile: profile(context.seccompProfile),
    AppArmorProfile: profile(context.appArmorProfile),
  };
}
const profile = (value: SeccompProfile | undefined): Json =>
  value ? { Type: value.type ?? '', LocalhostProfile: value.localhostProfile ?? null } : null;

function validateID(field: string, id: number | undefined, errors: FieldError[]): void {
  if (id !== undefined) complain(field, id, isValidUserOrGroupID(id), errors);
}

/** Of a pod. `specPath` is the pod spec's path. */
export function validatePodSecurityContext(
  specPath: string,
  spec: PodSpec,
  errors: FieldError[],
  allowAnySELinuxChangePolicy = false,
): void {
  const context = spec.securityContext;
  const path = `${specPath}.securityContext`;
  validateHostNamespaces(path, spec, errors);
  if (!context) return;
  validateID(`${path}.fsGroup`, context.fsGroup, errors);
  validateID(`${path}.runAsUser`, context.runAsUser, errors);
  validateID(`${path}.runAsGroup`, context.runAsGroup, errors);
  (context.supplementalGroups ?? []).forEach((group, i) => {
    validateID(`${path}.supplementalGroups[${i}]`, group, errors);
  });
  validateSharedNamespace(path, spec, errors);
  validateSysctls(`${path}.sysctls`, spec, errors);
  if (context.fsGroupChangePolicy !== undefined)
    validateOneOf(`${path}.fsGroupChangePolicy`, context.fsGroupChangePolicy, ['Always', 'OnRootMismatch'], errors);
  validateSeccompProfile(`${path}.seccompProfile`, context.seccompProfile, errors);
  validateWindowsOptions(`${path}.windowsOptions`, context.windowsOptions, errors);
  validateAppArmorProfile(`${path}.appArmorProfile`, context.appArmorProfile, errors);
  if (context.supplementalGroupsPolicy !== undefined)
    validateOneOf(`${path}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, ['Merge', 'Strict'], errors);
  if (context.seLinuxChangePolicy !== undefined)
    validateOneOf(
      `${path}.seLinuxChangePolicy`,
      context.seLinuxChangePolicy,
      allowAnySELinuxChangePolicy ? ['MountOption', 'Recursive'] : ['Recursive'],
      errors,
    );
}

function validateOneOf(field: string, value: string, supported: readonly string[], errors: FieldError[]): void {
  if (!supported.includes(value)) errors.push(notSupported(field, value, supported));
}

/** Without a security context the shared namespaces are checked alone; with one, after the groups. */
function validateHostNamespaces(path: string, spec: PodSpec, errors: FieldError[]): void {
  if (!spec.securityContext) validateSharedNamespace(path, spec, errors);
}
function validateSharedNamespace(path: string, spec: PodSpec, errors: FieldError[]): void {
  if (spec.shareProcessNamespace === true && spec.hostPID === true)
    errors.push(
      invalid(`${path}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled'),
    );
}

const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;

function validateSysctls(path: string, spec: PodSpec, errors: FieldError[]): void {
  const seen = new Set<string>();
  for (const [i, { name = '' }] of (spec.securityContext?.sysctls ?? []).entries()) {
    const field = `${path}[${i}].name`;
    if (name === '') errors.push(required(field));
    else if (name.length > 253 || !SYSCTL.test(name))
      errors.push(
        invalid(
          field,
          name,
          'must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
        ),
      );
    else if (seen.has(name))
      errors.push({ type: 'FieldValueDuplicate', field, body: `Duplicate value: ${JSON.stringify(name)}` });
    const namespace = sysctlNamespace(name);
    if (spec.hostNetwork === true && namespace === 'net')
      errors.push(invalid(field, name, "may not be specified when 'hostNetwork' is true"));
    else if (spec.hostIPC === true && namespace === 'ipc')
      errors.push(invalid(field, name, "may not be specified when 'hostIPC' is true"));
    seen.add(name);
  }
}

/** The kernel namespace that a sysctl belongs to (pkg/util/sysctl GetNamespace). */
function sysctlNamespace(name: string): 'net' | 'ipc' | undefined {
  const first = name.search(/[./]/);
  const dotted = first >= 0 && name[first] === '/' ? name.replace(/[./]/g, (c) => (c === '/' ? '.' : '/')) : name;
  if (dotted.startsWith('net.')) return 'net';
  if (
    dotted === 'kernel.sem' ||
    dotted.startsWith('kernel.shm') ||
    dotted.startsWith('kernel.msg') ||
    dotted.startsWith('fs.mqueue.')
  )
    return 'ipc';
  return undefined;
}

/** validateSeccompProfileField. */
function validateSeccompProfile(path: string, seccomp: SeccompProfile | undefined, errors: FieldError[]): void {
  if (!seccomp) return;
  const { type, localhostProfile } = seccomp;
  if (!type) errors.push(required(`${path}.type`, 'type is required when seccompProfile is set'));
  else validateOneOf(`${path}.type`, type, ['Localhost', 'RuntimeDefault', 'Unconfined'], errors);
  if (type === 'Localhost') {
    if (localhostProfile === undefined)
      errors.push(required(`${path}.localhostProfile`, 'must be set when seccomp type is Localhost'));
    else validateLocalDescendingPath(`${path}.localhostProfile`, localhostProfile, errors);
  } else if (localhostProfile !== undefined) {
    errors.push(
      invalid(`${path}.localhostProfile`, profile(seccomp), 'can only be set when seccomp type is Localhost'),
    );
  }
}

/** ValidateAppArmorProfileField. */
export function validateAppArmorProfile(
  path: string,
  appArmor: SeccompProfile | undefined,
  errors: FieldError[],
): void {
  if (!appArmor) return;
  const { type, localhostProfile } = appArmor;
  const field = `${path}.localhostProfile`;
  if (type === 'Localhost') {
    if (localhostProfile === undefined) errors.push(required(field, 'must be set when AppArmor type is Localhost'));
    else {
      if (localhostProfile.trim() !== localhostProfile)
        errors.push(invalid(field, localhostProfile, 'must not be padded with whitespace'));
      else if (localhostProfile === '') errors.push(required(field, 'must be set when AppArmor type is Localhost'));
      if (utf8Length(localhostProfile) > 4095) errors.push(tooLong(field, 4095));
    }
  } else if (type === 'RuntimeDefault' || type === 'Unconfined') {
    if (localhostProfile !== undefined)
      errors.push(invalid(field, localhostProfile, 'can only be set when AppArmor type is Localhost'));
  } else if (!type) errors.push(required(`${path}.type`, 'type is required when appArmorProfile is set'));
  else errors.push(notSupported(`${path}.type`, type, ['Localhost', 'RuntimeDefault', 'Unconfined']));
}

/** validateWindowsSecurityContextOptions. */
function validateWindowsOptions(path: string, options: WindowsOptions | undefined, errors: FieldError[]): void {
  if (!options) return;
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options;
  if (gmsaCredentialSpecName !== undefined)
    complain(
      `${path}.gmsaCredentialSpecName`,
      gmsaCredentialSpecName,
      isDNS1123Subdomain(gmsaCredentialSpecName),
      errors,
    );
  if (gmsaCredentialSpec !== undefined) {
    const field = `${path}.gmsaCredentialSpec`;
    if (gmsaCredentialSpec === '')
      errors.push(invalid(field, gmsaCredentialSpec, 'gmsaCredentialSpec cannot be an empty string'));
    else if (utf8Length(gmsaCredentialSpec) > 65536)
      errors.push(invalid(field, gmsaCredentialSpec, 'gmsaCredentialSpec size must be under 64 KiB'));
  }
  if (runAsUserName !== undefined)
    for (const complaint of judgeWindowsUser(runAsUserName))
      errors.push(invalid(`${path}.runAsUserName`, runAsUserName, complaint));
}

function judgeWindowsUser(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(name)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const user = parts[parts.length - 1] as string;
  const domain = parts.length === 2 ? (parts[0] as string) : undefined;
  const complaints: string[] = [];
  if (domain !== undefined) {
    if (utf8Length(domain) >= 256) complaints.push("runAsUserName's Domain length must be under 256 characters");
    if (
      !/^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/.test(domain) &&
      !/^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/.test(
        domain,
      )
    )
      complaints.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  }
  if (user === '') complaints.push("runAsUserName's User cannot be empty");
  else if (utf8Length(user) > 104)
    complaints.push("runAsUserName's User length must not be longer than 104 characters");
  if (/^[. ]+$/.test(user)) complaints.push("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user))
    complaints.push(`runAsUserName's User cannot contain the following characters: "/\\:;|=,+*?<>@[]`);
  return complaints;
}

/** validateWindowsHostProcessPod. */
export function validateHostProcess(specPath: string, spec: PodSpec, errors: FieldError[]): void {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  let containers = 0;
  let hostProcesses = 0;
  visitContainers(spec, specPath, (container, path) => {
    containers++;
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (own === undefined && ofPod === undefined) return;
    if (ofPod !== undefined && own !== undefined && ofPod !== own)
      errors.push(
        invalid(
          `${path}.securityContext.windowsOptions.hostProcess`,
          own,
          `pod hostProcess value must be identical if both are specified, was ${ofPod}`,
        ),
      );
    if (own ?? ofPod) hostProcesses++;
  });
  if (hostProcesses === 0) return;
  if (hostProcesses !== containers)
    errors.push(
      invalid(
        specPath,
        '',
        'If pod contains any hostProcess containers then all containers must be HostProcess containers',
      ),
    );
  if (spec.hostNetwork !== true)
    errors.push(
      invalid(`${specPath}.hostNetwork`, false, 'hostNetwork must be true if pod contains any hostProcess containers'),
    );
}

/** What a pod may not set for the system that it names (validateOS, validateLinux, validateWindows). */
export function validateOS(specPath: string, spec: PodSpec, errors: FieldError[]): void {
  if (!spec.os) return;
  if (!spec.os.name) {
    errors.push(required(`${specPath}.os.name`));
    return;
  }
  if (spec.os.name === 'linux') validateLinux(specPath, spec, errors);
  else if (spec.os.name === 'windows') validateWindows(specPath, spec, errors);
  else errors.push(notSupported(`${specPath}.os`, spec.os.name, ['linux', 'windows']));
}

function validateLinux(specPath: string, spec: PodSpec, errors: FieldError[]): void {
  const text = 'windows options cannot be set for a linux pod';
  if (spec.securityContext?.windowsOptions)
    errors.push(forbiddenField(`${specPath}.securityContext.windowsOptions`, text));
  visitContainers(spec, specPath, (container, path) => {
    if (container.securityContext?.windowsOptions)
      errors.push(forbiddenField(`${path}.securityContext.windowsOptions`, text));
  });
}

function validateWindows(specPath: string, spec: PodSpec, errors: FieldError[]): void {
  const text = 'cannot be set for a windows pod';
  const forbid = (field: string, value: unknown) => {
    if (value !== undefined && value !== null) errors.push(forbiddenField(field, text));
  };
  const context = spec.securityContext ?? {};
  const path = `${specPath}.securityContext`;
  forbid(`${path}.appArmorProfile`, context.appArmorProfile);
  forbid(`${path}.seLinuxOptions`, context.seLinuxOptions);
  forbid(`${specPath}.hostUsers`, spec.hostUsers);
  forbid(`${specPath}.hostPID`, spec.hostPID === true ? true : undefined);
  forbid(`${specPath}.hostIPC`, spec.hostIPC === true ? true : undefined);
  forbid(`${path}.seccompProfile`, context.seccompProfile);
  forbid(`${path}.fsGroup`, context.fsGroup);
  forbid(`${path}.fsGroupChangePolicy`, context.fsGroupChangePolicy);
  forbid(`${path}.sysctls`, (context.sysctls ?? []).length > 0 ? true : undefined);
  forbid(`${specPath}.shareProcessNamespace`, spec.shareProcessNamespace);
  forbid(`${path}.runAsUser`, context.runAsUser);
  forbid(`${path}.runAsGroup`, context.runAsGroup);
  forbid(`${path}.supplementalGroups`, context.supplementalGroups);
  forbid(`${path}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy);
  forbid(`${path}.seLinuxChangePolicy`, context.seLinuxChangePolicy);
  visitContainers(spec, specPath, (container, containerPath) => {
    const own = container.securityContext as Record<string, unknown> | undefined;
    for (const field of [
      'appArmorProfile',
      'seLinuxOptions',
      'seccompProfile',
      'capabilities',
      'readOnlyRootFilesystem',
      'privileged',
      'allowPrivilegeEscalation',
      'procMount',
      'runAsUser',
      'runAsGroup',
    ])
      forbid(`${containerPath}.securityContext.${field}`, own?.[field]);
  });
}
