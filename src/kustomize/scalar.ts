/** What scalars mean to go-yaml v3: as YAML 1.1 has it, but `yes`, `on` and their like are texts (resolve.go). */
import { type Resolved, resolvePlain } from '../yaml/resolve';

/** What a plain scalar is to go-yaml v3. */
export function resolveScalar(text: string): Resolved {
  if (text === '<<') return { tag: '!!merge', value: text };
  const resolved = resolvePlain(text);
  if (resolved.tag !== '!!bool' || /^(?:true|True|TRUE|false|False|FALSE)$/.test(text)) return resolved;
  return { tag: '!!str', value: text };
}
