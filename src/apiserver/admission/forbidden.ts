/** How admission says no (apiserver `admission/errors.go`, NewForbidden). */
import { type ApiError, forbidden } from '../../apimachinery/status';
import type { AdmissionAttributes } from './plugin';

/** 403 `pods "web" is forbidden: <why>`; what has no name yet is called by what its name will begin with. */
export function admissionForbidden(attributes: AdmissionAttributes, why: string): ApiError {
  return forbidden(attributes.resource.groupResource, nameOf(attributes), why);
}

function nameOf({ name, object }: AdmissionAttributes): string {
  return name || object?.metadata.name || object?.metadata.generateName || 'Unknown';
}
