/** Names of properties as expressions write them: `a-b` is `a__dash__b` (apiserver `pkg/cel/escaping.go`). */

const RESERVED: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);
const SEQUENCES: Readonly<Record<string, string>> = { __: 'underscores', '.': 'dot', '-': 'dash', '/': 'slash' };
const MEANINGS = new Map(Object.entries(SEQUENCES).map(([text, word]) => [word, text]));

/** Undefined for a name that expressions can't write. */
export function escapeName(name: string): string | undefined {
  if (!/^[A-Za-z_.\-/][A-Za-z0-9_.\-/]*$/.test(name)) return undefined;
  if (RESERVED.has(name)) return `__${name}__`;
  return name.replace(/__|[-./]/g, (text) => `__${SEQUENCES[text]}__`);
}

/** The escaped form of a name that expressions reserve, if it is one. */
export function escapedKeyword(name: string): string | undefined {
  return RESERVED.has(name) ? `__${name}__` : undefined;
}

/** Undefined for what is no escaped name. */
export function unescapeName(name: string): string | undefined {
  let valid = true;
  const plain = name.replace(/__([^_]+)__/g, (sequence, word: string) => {
    const meaning = MEANINGS.get(word);
    if (meaning !== undefined) return meaning;
    if (!RESERVED.has(word) || sequence.length !== name.length) valid = false;
    return word;
  });
  return valid ? plain : undefined;
}
