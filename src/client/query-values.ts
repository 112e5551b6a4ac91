/**
 * A query parameter that comes more than once (`command` of an exec): in an ApiRequest all values stand in one text, parted by NUL,
 * which no word of a command line can hold.
 */
const BETWEEN = '\0';

export function joinQueryValues(values: readonly string[]): string {
  return values.join(BETWEEN);
}

export function queryValues(text: string | undefined): string[] {
  return text === undefined || text === '' ? [] : text.split(BETWEEN);
}
