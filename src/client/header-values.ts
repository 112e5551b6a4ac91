/**
 * Headers that come more than once in a request (`impersonate-group`): in an ApiRequest all values stand in one text, a line for
 * each, for no value can hold a line break. On the wire each is a header of its own.
 */
export function joinHeaderValues(values: readonly string[]): string {
  return values.join('\n');
}

export function headerValues(text: string | undefined): string[] {
  return text === undefined ? [] : text.split('\n');
}
