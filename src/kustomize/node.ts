/**
 * A YAML node as kustomize works on it: what was written, not yet what it means. Whether `1` is a number or a text is decided
 * by tag and style when the node is turned into a value (go.yaml.in/yaml/v3 Node, kyaml/yaml/rnode.go).
 */

export type NodeKind = 'scalar' | 'map' | 'seq';
/** How it was, and will be, written. */
export type NodeStyle = '' | 'double' | 'single' | 'literal' | 'folded' | 'flow';
export type NodeTag = '' | '!!str' | '!!int' | '!!bool' | '!!float' | '!!null' | '!!map' | '!!seq' | (string & {});

export interface NodeComments {
  /** Lines above, without `#`. */
  head?: string;
  /** Behind it on its line. */
  line?: string;
  /** Lines below, that belong to nothing after them. */
  foot?: string;
}

export class YamlNode {
  /** Set to null by a merge on purpose: it stays in the result, where any other null would remove its field. */
  keep = false;
  comments: NodeComments | undefined;

  constructor(
    public kind: NodeKind,
    public tag: NodeTag = '',
    public value = '',
    public style: NodeStyle = '',
    /** Items of a list; of a mapping keys and values by turns. */
    public content: YamlNode[] = [],
  ) {}

  /** Becomes what the other one is, in place: whoever holds this node sees the change. */
  become(other: YamlNode): void {
    this.kind = other.kind;
    this.tag = other.tag;
    this.value = other.value;
    this.style = other.style;
    this.content = other.content;
    this.comments = other.comments;
  }

  copy(): YamlNode {
    const content = this.content.length === 0 ? [] : this.content.map((node) => node.copy());
    const copy = new YamlNode(this.kind, this.tag, this.value, this.style, content);
    copy.comments = this.comments;
    return copy;
  }
}

export function scalarNode(value: string, tag: NodeTag = '', style: NodeStyle = ''): YamlNode {
  return new YamlNode('scalar', tag, value, style);
}

/** A text, whatever it looks like. */
export function stringNode(value: string): YamlNode {
  return scalarNode(value, '!!str', value.includes('\n') ? 'literal' : '');
}

export function mapNode(content: YamlNode[] = []): YamlNode {
  return new YamlNode('map', '', '', '', content);
}

export function seqNode(content: YamlNode[] = []): YamlNode {
  return new YamlNode('seq', '', '', '', content);
}

export function isQuoted(node: YamlNode): boolean {
  return node.style !== '' && node.style !== 'flow';
}

/** yaml.IsMissingOrNull */
export function isMissing(node: YamlNode | undefined): node is undefined {
  return node === undefined || node.tag === '!!null';
}

/** RNode.IsNilOrEmpty: nothing, null, `{}`, `[]`. */
export function isEmptyNode(node: YamlNode | undefined): boolean {
  return isMissing(node) || (node.kind !== 'scalar' && node.content.length === 0);
}

/** yaml.IsEmptyMap */
export function isEmptyMap(node: YamlNode | undefined): boolean {
  return isMissing(node) || (node.kind === 'map' && node.content.length === 0);
}

/** yaml.IsYNodeString: by its tag, or without one. */
export function isStringNode(node: YamlNode): boolean {
  return node.kind === 'scalar' && (node.tag === '!!str' || node.tag === '');
}

/** The text of a scalar; '' for nothing and null. */
export function textOf(node: YamlNode | undefined): string {
  return isMissing(node) ? '' : node.value;
}
