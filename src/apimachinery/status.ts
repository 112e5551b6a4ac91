/** Failures as the API tells them: `Status` objects (apimachinery `api/errors/errors.go`), thrown as ApiError. */
import { formatGroupResource } from './meta';

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, never>;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: {
    name?: string;
    group?: string;
    kind?: string;
    uid?: string;
    causes?: StatusCause[];
    retryAfterSeconds?: number;
  };
  code?: number;
}

interface GroupResource {
  group: string;
  resource: string;
}

/** An error with the Status that the API server answers (or answered) with. */
export class ApiError extends Error {
  constructor(readonly status: Status) {
    super(status.message ?? 'unknown');
    this.name = 'ApiError';
  }
  get reason(): string {
    return this.status.reason ?? '';
  }
  get code(): number {
    return this.status.code ?? 500;
  }
}

/** True for an ApiError of this reason: `isReason(error, 'NotFound')`. */
export function isReason(error: unknown, reason: string): error is ApiError {
  return error instanceof ApiError && error.reason === reason;
}

/** An ApiError of any reason. The named constructors below are for the usual ones. */
export function apiError(code: number, reason: string, message: string, details?: Status['details']): ApiError {
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason ? { reason } : {}),
    ...(details ? { details } : {}),
    code,
  });
}

export function notFound(gr: GroupResource, name: string): ApiError {
  return apiError(404, 'NotFound', `${formatGroupResource(gr)} "${name}" not found`, {
    name,
    ...(gr.group ? { group: gr.group } : {}),
    kind: gr.resource,
  });
}

export function alreadyExists(gr: GroupResource, name: string): ApiError {
  return apiError(409, 'AlreadyExists', `${formatGroupResource(gr)} "${name}" already exists`, {
    name,
    ...(gr.group ? { group: gr.group } : {}),
    kind: gr.resource,
  });
}

export function conflict(gr: GroupResource, name: string, why: string): ApiError {
  return apiError(409, 'Conflict', `Operation cannot be fulfilled on ${formatGroupResource(gr)} "${name}": ${why}`, {
    name,
    ...(gr.group ? { group: gr.group } : {}),
    kind: gr.resource,
  });
}

export function forbidden(gr: GroupResource, name: string, why: string): ApiError {
  const message = name
    ? `${formatGroupResource(gr)} "${name}" is forbidden: ${why}`
    : `${formatGroupResource(gr)} is forbidden: ${why}`;
  return apiError(403, 'Forbidden', message, {
    ...(name ? { name } : {}),
    ...(gr.group ? { group: gr.group } : {}),
    kind: gr.resource,
  });
}

export function badRequest(message: string): ApiError {
  return apiError(400, 'BadRequest', message);
}

export function internalError(why: string): ApiError {
  return apiError(500, 'InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] });
}
