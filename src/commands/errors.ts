/** From an error to what kubectl prints on stderr and the exit status it leaves (cmd/util/helpers.go). */
import { ApiError, type Status, type StatusCause } from '../apimachinery/status';
import { CommandError, ExitSilently, UsageError } from './command';

/** The server has no such resource type; printed without `error: ` when it ends a command (meta.NoResourceMatchError). */
export class NoResourceMatchError extends Error {
  constructor(readonly resource: { group?: string; version?: string; resource: string }) {
    super(noResourceMatchMessage(resource));
    this.name = 'NoResourceMatchError';
  }
}

function noResourceMatchMessage({ group, version, resource }: { group?: string; version?: string; resource: string }) {
  let message = `the server doesn't have a resource type ${JSON.stringify(resource)}`;
  if (group) message += ` in group ${JSON.stringify(group)}`;
  if (version) message += `${group ? ' and' : ' in'} version ${JSON.stringify(version)}`;
  return message;
}

/** Several errors that together end a command; each is printed on a line of its own. */
export class ErrorList extends Error {
  constructor(readonly errors: readonly unknown[]) {
    super(errors.map(messageOf).join(', '));
    this.name = 'ErrorList';
  }
}

/** Throws what was collected: nothing, the one error, or an ErrorList (utilerrors.NewAggregate). */
export function throwCollected(errors: readonly unknown[]): void {
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new ErrorList(errors);
}

/** What an error says of itself. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `error when creating "web.yaml": …`, in an API error's own message or around any other's (cmdutil.AddSourceToErr). */
export function addSource(verb: string, source: string, error: unknown): unknown {
  if (source === '') return error;
  const around = `error when ${verb} ${JSON.stringify(source)}: `;
  if (error instanceof ApiError)
    return new ApiError({ ...error.status, message: around + (error.status.message ?? '') });
  return new CommandError(around + messageOf(error));
}

export interface Ending {
  /** What to print on stderr, newline and all; '' for nothing. */
  text: string;
  exitCode: number;
}

/** How an error ends the command called `commandPath` (`kubectl get`), as cmdutil.CheckErr has it. */
export function endingOf(error: unknown, commandPath: string): Ending {
  if (error instanceof ExitSilently) return { text: '', exitCode: error.exitCode };
  const text = endingText(error, commandPath);
  return {
    text: text.endsWith('\n') ? text : `${text}\n`,
    exitCode: error instanceof CommandError ? error.exitCode : 1,
  };
}

function endingText(error: unknown, commandPath: string): string {
  if (error instanceof ErrorList) {
    if (error.errors.length === 1) return endingText(error.errors[0], commandPath);
    return flatten(error.errors)
      .map((each) => `${standardMessage(each) ?? messageOf(each)}\n`)
      .join('');
  }
  if (error instanceof ApiError && error.reason === 'Invalid') return invalidText(error.status);
  if (error instanceof NoResourceMatchError || (error as Error).name === 'UnreachableError')
    return (error as Error).message;
  if (error instanceof UsageError) {
    return withPrefix(`${error.message}\nSee '${commandPath} -h' for help and examples`);
  }
  return standardMessage(error) ?? withPrefix(messageOf(error));
}

function withPrefix(message: string): string {
  return message.startsWith('error: ') ? message : `error: ${message}`;
}

function flatten(errors: readonly unknown[]): unknown[] {
  return errors.flatMap((each) => (each instanceof ErrorList ? flatten(each.errors) : [each]));
}

/** `Error from server (NotFound): …` for a failure that the API told, else undefined (cmdutil.StandardErrorMessage). */
export function standardMessage(error: unknown): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const message = error.status.message ?? '';
  if (error.reason === 'Unauthorized') return `error: You must be logged in to the server (${message})`;
  return error.reason ? `Error from server (${error.reason}): ${message}` : `Error from server: ${message}`;
}

/** `The Deployment "web" is invalid: ` and what is wrong, as bullets where there is more than one thing. */
function invalidText(status: Status): string {
  const { message, details } = status;
  let text = 'The request is invalid';
  if (!details) return message ? `${text}: ${message}` : text;
  const causes = causeTexts(details.causes ?? []);
  if (details.kind || details.name) {
    text = `The ${details.kind ?? ''} ${JSON.stringify(details.name ?? '')} is invalid`;
  } else if (message && causes.length === 0) text += `: ${message}`;
  if (causes.length === 0) return text;
  if (causes.length === 1) return `${text}: ${causes[0]}`;
  return `${text}: \n${causes.map((cause) => `* ${cause}\n`).join('')}`;
}

function causeTexts(causes: readonly StatusCause[]): string[] {
  return [...new Set(causes.map((cause) => `${cause.field ?? ''}: ${cause.message ?? ''}`))];
}
