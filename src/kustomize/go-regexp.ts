/** Regular expressions as Go's regexp package has them, as far as selectors use them. */

/** @throws Error `error parsing regexp: …` */
export function goRegExp(pattern: string): RegExp {
  // JavaScript has flags only for a whole expression, and no \A and \z.
  const flags = /^(\^?(?:\(\?:)?)\(\?([ims]+)\)/.exec(pattern);
  const source = (flags ? `${flags[1]}${pattern.slice(flags[0].length)}` : pattern)
    .replaceAll('\\A', '^')
    .replaceAll('\\z', '$')
    .replaceAll('(?P<', '(?<');
  try {
    return new RegExp(source, flags?.[2] ?? '');
  } catch {
    throw new Error(`error parsing regexp: ${complaint(pattern)}`);
  }
}

/** A whole text must match; an empty pattern matches anything (types.anchorRegex). */
export function anchored(pattern: string): RegExp {
  return goRegExp(pattern === '' ? '' : `^(?:${pattern})$`);
}

function complaint(pattern: string): string {
  const repetition = /(?:^|[(|])([*+]|\?(?![:P<=!imsU-]))/.exec(pattern);
  if (repetition) return `missing argument to repetition operator: \`${repetition[1]?.[0]}\``;
  const opened = (pattern.match(/(?<!\\)\(/g) ?? []).length;
  const closed = (pattern.match(/(?<!\\)\)/g) ?? []).length;
  if (closed > opened) return `unexpected ): \`${pattern}\``;
  if (opened > closed) return `missing closing ): \`${pattern}\``;
  const bracket = pattern.lastIndexOf('[');
  if (bracket >= 0) return `missing closing ]: \`${pattern.slice(bracket)}\``;
  return `invalid pattern: \`${pattern}\``;
}
