/** Text made to fit a column. */

/** Lines of at most `width` characters, broken at blanks where there are any, else at `.`, `/`, `[` and their like. */
export function wrapText(text: string, width: number): string[] {
  const limit = Math.max(width, 1);
  return text.split('\n').flatMap((line) => wrapLine(line, limit));
}

function wrapLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const at = breakAt(rest, width);
    lines.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  lines.push(rest);
  return lines;
}

function breakAt(text: string, width: number): number {
  const blank = text.lastIndexOf(' ', width);
  if (blank > 0) return blank;
  for (let at = width; at > width / 3; at--) {
    if (text[at] === '[' || /[.,;/\]}]/.test(text[at - 1] as string)) return at;
  }
  return width;
}

/** The text in lines of at most `columns`, each of which begins and ends as lines do. */
export function paragraph(text: string, columns: number, indent = ''): string {
  return wrapText(text, columns - indent.length)
    .map((line) => `${indent}${line}\n`)
    .join('');
}

/** The text, or its beginning and an ellipsis. */
export function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(width - 1, 0))}…`;
}
