/**
 * A function of a text that answers as `make` does, and makes each answer once. All are forgotten when there are `limit` of them,
 * so that no input makes them grow without end. Where `make` throws, nothing is kept.
 */
export function remembered<V>(limit: number, make: (text: string) => V): (text: string) => V {
  const known = new Map<string, V>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined || known.has(text)) return before as V;
    const made = make(text);
    if (known.size >= limit) known.clear();
    known.set(text, made);
    return made;
  };
}
