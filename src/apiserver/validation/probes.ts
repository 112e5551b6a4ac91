/** Probes, lifecycle hooks and what they run (validateProbe, validateLifecycle, validateHandler). */
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../apimachinery/field-error';
import { isHTTPHeaderName } from '../../apimachinery/names';
import type { Container, Handler, HTTPGetAction, Lifecycle, Probe } from './core-types';
import { complain, validateNonnegative, validatePortNumberOrName } from './field-checks';

/** The three probes of a container that may have them. */
export function validateProbes(
  path: string,
  container: Container,
  gracePeriod: number | undefined,
  errors: FieldError[],
): void {
  const { livenessProbe, readinessProbe, startupProbe } = container;
  if (livenessProbe) validateRestartingProbe(`${path}.livenessProbe`, livenessProbe, gracePeriod, errors);
  if (readinessProbe) {
    const at = `${path}.readinessProbe`;
    validateProbe(at, readinessProbe, gracePeriod, errors);
    if (readinessProbe.terminationGracePeriodSeconds !== undefined)
      errors.push(
        invalid(
          `${at}.terminationGracePeriodSeconds`,
          readinessProbe.terminationGracePeriodSeconds,
          'must not be set for readinessProbes',
        ),
      );
  }
  if (startupProbe) validateRestartingProbe(`${path}.startupProbe`, startupProbe, gracePeriod, errors);
}

function validateRestartingProbe(
  path: string,
  probe: Probe,
  gracePeriod: number | undefined,
  errors: FieldError[],
): void {
  validateProbe(path, probe, gracePeriod, errors);
  if (probe.successThreshold !== 1)
    errors.push(invalid(`${path}.successThreshold`, probe.successThreshold ?? 0, 'must be 1'));
}

function validateProbe(path: string, probe: Probe, gracePeriod: number | undefined, errors: FieldError[]): void {
  validateHandler(path, probe, ['exec', 'httpGet', 'tcpSocket', 'grpc'], gracePeriod, errors);
  validateNonnegative(`${path}.initialDelaySeconds`, probe.initialDelaySeconds, errors);
  validateNonnegative(`${path}.timeoutSeconds`, probe.timeoutSeconds, errors);
  validateNonnegative(`${path}.periodSeconds`, probe.periodSeconds, errors);
  validateNonnegative(`${path}.successThreshold`, probe.successThreshold, errors);
  validateNonnegative(`${path}.failureThreshold`, probe.failureThreshold, errors);
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0)
    errors.push(invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
}

/** postStart, preStop and the stop signal. */
export function validateLifecycle(
  path: string,
  lifecycle: Lifecycle,
  gracePeriod: number | undefined,
  os: string | undefined,
  errors: FieldError[],
): void {
  const kinds = ['exec', 'httpGet', 'tcpSocket', 'sleep'] as const;
  if (lifecycle.postStart) validateHandler(`${path}.postStart`, lifecycle.postStart, kinds, gracePeriod, errors);
  if (lifecycle.preStop) validateHandler(`${path}.preStop`, lifecycle.preStop, kinds, gracePeriod, errors);
  if (lifecycle.stopSignal !== undefined) validateStopSignal(`${path}.stopSignal`, lifecycle.stopSignal, os, errors);
}

type HandlerKind = 'exec' | 'httpGet' | 'tcpSocket' | 'grpc' | 'sleep';

function validateHandler(
  path: string,
  handler: Handler,
  kinds: readonly HandlerKind[],
  gracePeriod: number | undefined,
  errors: FieldError[],
): void {
  let count = 0;
  for (const kind of kinds) {
    if (!handler[kind]) continue;
    if (count++ > 0) {
      errors.push(forbiddenField(`${path}.${kind}`, 'may not specify more than 1 handler type'));
      continue;
    }
    const at = `${path}.${kind}`;
    if (kind === 'exec') {
      if ((handler.exec?.command ?? []).length === 0) errors.push(required(`${at}.command`));
    } else if (kind === 'httpGet') validateHTTPGet(at, handler.httpGet as HTTPGetAction, errors);
    else if (kind === 'tcpSocket') validatePortNumberOrName(`${at}.port`, handler.tcpSocket?.port, errors);
    else if (kind === 'grpc') validatePortNumberOrName(`${at}.port`, handler.grpc?.port, errors);
    else validateSleep(at, handler.sleep?.seconds ?? 0, gracePeriod, errors);
  }
  if (count === 0) errors.push(required(path, 'must specify a handler type'));
}

function validateHTTPGet(path: string, action: HTTPGetAction, errors: FieldError[]): void {
  if (!action.path) errors.push(required(`${path}.path`));
  validatePortNumberOrName(`${path}.port`, action.port, errors);
  if (action.scheme !== 'HTTP' && action.scheme !== 'HTTPS')
    errors.push(notSupported(`${path}.scheme`, action.scheme ?? '', ['HTTP', 'HTTPS']));
  for (const header of action.httpHeaders ?? [])
    complain(`${path}.httpHeaders`, header.name ?? '', isHTTPHeaderName(header.name ?? ''), errors);
}

function validateSleep(path: string, seconds: number, gracePeriod: number | undefined, errors: FieldError[]): void {
  if (gracePeriod !== undefined && (seconds < 0 || seconds > gracePeriod))
    errors.push(
      invalid(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`),
    );
}

function validateStopSignal(path: string, signal: string, os: string | undefined, errors: FieldError[]): void {
  if (os === undefined) errors.push(forbiddenField(path, 'may not be set for containers with empty `spec.os.name`'));
  else if (os === 'windows') {
    if (signal !== 'SIGKILL' && signal !== 'SIGTERM') errors.push(notSupported(path, signal, ['SIGKILL', 'SIGTERM']));
  } else if (os === 'linux') {
    const supported = linuxSignals();
    if (!supported.includes(signal)) errors.push(notSupported(path, signal, supported));
  }
}

/** Names of Linux signals, sorted; built when somebody sets one. */
function linuxSignals(): string[] {
  const names =
    'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX'.split(
      ' ',
    );
  for (let i = 1; i <= 15; i++) names.push(`RTMIN+${i}`);
  for (let i = 1; i <= 14; i++) names.push(`RTMAX-${i}`);
  return names.map((name) => `SIG${name}`).sort();
}
