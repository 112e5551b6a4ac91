/** What a request for a log asks for: PodLogOptions (kubernetes `pkg/apis/core/validation/validation.go` ValidatePodLogOptions). */
import { type FieldError, forbiddenField, invalid, invalidObject } from '../../apimachinery/field-error';
import { badRequest } from '../../apimachinery/status';
import { parseTime } from '../../apimachinery/time';
import { canonicalTime } from '../../schema/go-time';
import { isTrue, param, type Query } from '../request-info';

export interface PodLogOptions {
  container: string;
  follow: boolean;
  previous: boolean;
  timestamps: boolean;
  sinceSeconds: number | undefined;
  /** Milliseconds since 1970. */
  sinceTime: number | undefined;
  tailLines: number | undefined;
  limitBytes: number | undefined;
}

/** @throws ApiError 400 for what can't be read, 422 for what makes no sense. */
export function podLogOptions(query: Query, podName: string): PodLogOptions {
  const text = (name: string) => param(query, name);
  const options: PodLogOptions = {
    container: text('container'),
    follow: isTrue(text('follow')),
    previous: isTrue(text('previous')),
    timestamps: isTrue(text('timestamps')),
    sinceSeconds: integer(text('sinceSeconds')),
    sinceTime: time(text('sinceTime')),
    tailLines: integer(text('tailLines')),
    limitBytes: integer(text('limitBytes')),
  };
  const errors = validate(options, text('stream'));
  if (errors.length > 0) throw invalidObject({ group: '', kind: 'PodLogOptions' }, podName, errors);
  return options;
}

function validate({ tailLines, limitBytes, sinceSeconds, sinceTime }: PodLogOptions, stream: string): FieldError[] {
  const errors: FieldError[] = [];
  if (tailLines !== undefined && tailLines < 0)
    errors.push(invalid('tailLines', tailLines, 'must be greater than or equal to 0'));
  if (limitBytes !== undefined && limitBytes < 1)
    errors.push(invalid('limitBytes', limitBytes, 'must be greater than 0'));
  if (sinceSeconds !== undefined && sinceTime !== undefined)
    errors.push(forbiddenField('', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  else if (sinceSeconds !== undefined && sinceSeconds < 1)
    errors.push(invalid('sinceSeconds', sinceSeconds, 'must be greater than 0'));
  // Feature PodLogsQuerySplitStreams is off.
  if (stream !== '') errors.push(forbiddenField('stream', 'may not be specified'));
  return errors;
}

function integer(text: string): number | undefined {
  if (text === '') return undefined;
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function time(text: string): number | undefined {
  if (text === '') return undefined;
  const instant = parseTime(text);
  if (instant === undefined) throw badRequest(canonicalTime(text, false).error ?? `invalid time ${text}`);
  return instant;
}
