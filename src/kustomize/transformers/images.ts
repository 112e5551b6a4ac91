/** images: other names, tags and digests of container images. */

import { applyFieldSpec, type FieldSpec } from '../field-spec';
import { fieldOf, requireKind, setScalar } from '../fields';
import { goRegExp } from '../go-regexp';
import type { Image } from '../kustomization';
import { isMissing, scalarNode, type YamlNode } from '../node';
import type { Transformer } from './transformer';

/** ImageTagTransformer: at the given places, and in whatever is called containers or initContainers. */
export function setImage(image: Image, specs: readonly FieldSpec[]): Transformer {
  const matcher = goRegExp(`^${image.name ?? ''}(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$`);
  const set = (node: YamlNode) => {
    requireKind(node, 'scalar');
    if (!isMissing(node) && matcher.test(node.value)) setScalar(node, scalarNode(renamed(node.value, image)));
  };
  return (list) => {
    for (const { node, kind } of list.resources) if (kind !== 'CustomResourceDefinition') walk(node, set);
    for (const { node, kind } of list.resources) {
      if (kind !== 'CustomResourceDefinition') for (const spec of specs) applyFieldSpec(node, spec, set);
    }
  };
}

function walk(node: YamlNode, set: (node: YamlNode) => void): void {
  if (node.kind === 'seq') for (const item of node.content) walk(item, set);
  if (node.kind !== 'map') return;
  for (let i = 0; i < node.content.length; i += 2) {
    const name = node.content[i]?.value;
    const value = node.content[i + 1] as YamlNode;
    walk(value, set);
    if ((name !== 'containers' && name !== 'initContainers') || value.kind !== 'seq') continue;
    for (const container of value.content) {
      requireKind(container, 'map');
      const image = fieldOf(container, 'image');
      if (image) set(image);
    }
  }
}

function renamed(text: string, { newName, newTag, digest: newDigest, tagSuffix }: Image): string {
  let { name, tag, digest } = splitImage(text);
  if (newName) name = newName;
  if (newTag || newDigest) {
    tag = newTag ?? '';
    digest = newDigest ?? '';
  } else if (tagSuffix) {
    tag += tagSuffix;
    digest = '';
  }
  return `${name}${tag ? `:${tag}` : ''}${digest ? `@${digest}` : ''}`;
}

/** `host:5000/name:tag@digest` (internal/image Split). */
export function splitImage(text: string): { name: string; tag: string; digest: string } {
  const slash = Math.max(text.indexOf('/'), 0);
  const at = text.indexOf('@', slash);
  const colon = text.indexOf(':', slash);
  if (at >= 0 && (colon < 0 || at < colon)) return { name: text.slice(0, at), tag: '', digest: text.slice(at + 1) };
  if (colon < 0) return { name: text, tag: '', digest: '' };
  const tag = text.slice(colon + 1, at < 0 ? undefined : at);
  return { name: text.slice(0, colon), tag, digest: at < 0 ? '' : text.slice(at + 1) };
}
