/** Where a container mounts its volumes and sees its block devices (ValidateVolumeMounts, ValidateVolumeDevices). */
import {
  type FieldError,
  forbiddenField,
  invalid,
  notFoundField,
  notSupported,
  required,
} from '../../apimachinery/field-error';
import type { Container, Volume, VolumeDevice, VolumeMount } from './core-types';
import { validateLocalDescendingPath } from './paths';

/** The valid volumes of a pod by name. */
export type Volumes = ReadonlyMap<string, Volume>;

export function validateVolumeMounts(path: string, container: Container, volumes: Volumes, errors: FieldError[]): void {
  const mounts = container.volumeMounts;
  if (!mounts) return;
  const devices = container.volumeDevices ?? [];
  for (let i = 0; i < mounts.length; i++) {
    const mount = mounts[i] as VolumeMount;
    const name = mount.name ?? '';
    const mountPath = mount.mountPath ?? '';
    if (name === '') errors.push(required(`${path}[${i}].name`));
    if (!volumes.has(name)) errors.push(notFoundField(`${path}[${i}].name`, name));
    if (mountPath === '') errors.push(required(`${path}[${i}].mountPath`));
    for (let j = 0; j < i; j++)
      if (mounts[j]?.mountPath === mountPath) {
        errors.push(invalid(`${path}[${i}].mountPath`, mountPath, 'must be unique'));
        break;
      }
    if (devices.some((device) => device.name === name))
      errors.push(invalid(`${path}[${i}].name`, name, 'must not already exist in volumeDevices'));
    if (devices.some((device) => device.devicePath === mountPath))
      errors.push(invalid(`${path}[${i}].mountPath`, mountPath, 'must not already exist as a path in volumeDevices'));
    // The paths of the four errors below lack the index, as upstream's do.
    if (mount.subPath) validateLocalDescendingPath(`${path}.subPath`, mount.subPath, errors);
    if (mount.subPathExpr) {
      if (mount.subPath)
        errors.push(
          invalid(`${path}[${i}].subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive'),
        );
      validateLocalDescendingPath(`${path}.subPathExpr`, mount.subPathExpr, errors);
    }
    if (mount.mountPropagation !== undefined)
      validateMountPropagation(`${path}.mountPropagation`, mount.mountPropagation, container, errors);
    if (mount.recursiveReadOnly !== undefined) validateRecursiveReadOnly(`${path}.recursiveReadOnly`, mount, errors);
  }
}

function validateMountPropagation(path: string, propagation: string, container: Container, errors: FieldError[]): void {
  const supported = ['Bidirectional', 'HostToContainer', 'None'];
  if (!supported.includes(propagation)) errors.push(notSupported(path, propagation, supported));
  if (propagation === 'Bidirectional' && container.securityContext?.privileged !== true)
    errors.push(forbiddenField(path, 'Bidirectional mount propagation is available only to privileged containers'));
}

function validateRecursiveReadOnly(path: string, mount: VolumeMount, errors: FieldError[]): void {
  const wanted = mount.recursiveReadOnly as string;
  if (wanted === 'Disabled') return;
  if (wanted !== 'Enabled' && wanted !== 'IfPossible') {
    errors.push(notSupported(path, wanted, ['Disabled', 'Enabled', 'IfPossible']));
    return;
  }
  if (!mount.readOnly) errors.push(forbiddenField(path, 'may only be specified when readOnly is true'));
  if (mount.mountPropagation !== undefined && mount.mountPropagation !== 'None')
    errors.push(forbiddenField(path, 'may only be specified when mountPropagation is None or not specified'));
}

export function validateVolumeDevices(
  path: string,
  container: Container,
  volumes: Volumes,
  errors: FieldError[],
): void {
  const devices = container.volumeDevices;
  if (!devices) return;
  const mounts = container.volumeMounts ?? [];
  const names = new Set<string>();
  const paths = new Set<string>();
  for (let i = 0; i < devices.length; i++) {
    const { name = '', devicePath = '' } = devices[i] as VolumeDevice;
    const at = `${path}[${i}]`;
    const volume = volumes.get(name);
    if (name === '') errors.push(required(`${at}.name`));
    if (names.has(name)) errors.push(invalid(`${at}.name`, name, 'must be unique'));
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral)
      errors.push(
        invalid(
          `${at}.name`,
          name,
          'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
        ),
      );
    if (!volume) errors.push(notFoundField(`${at}.name`, name));
    if (devicePath === '') errors.push(required(`${at}.devicePath`));
    if (paths.has(devicePath)) errors.push(invalid(`${at}.devicePath`, devicePath, 'must be unique'));
    if (devicePath.split('/').includes('..'))
      errors.push(invalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')"));
    else paths.add(devicePath);
    if (mounts.some((mount) => mount.name === name))
      errors.push(invalid(`${at}.name`, name, 'must not already exist in volumeMounts'));
    if (mounts.some((mount) => mount.mountPath === devicePath))
      errors.push(invalid(`${at}.devicePath`, devicePath, 'must not already exist as a path in volumeMounts'));
    if (name !== '') names.add(name);
  }
}
