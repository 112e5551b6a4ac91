/** What a Go template is made of (text/template/parse/node.go). */
import { goQuote } from '../go-format';

interface At {
  /** Offset in the template, for errors. */
  at: number;
}

export type TemplateNode =
  | (At & { type: 'text'; text: string })
  | (At & { type: 'action'; pipe: PipeNode })
  | ControlNode
  | (At & { type: 'template'; name: string; pipe?: PipeNode })
  | (At & { type: 'break' | 'continue' });

export interface ControlNode extends At {
  type: 'if' | 'with' | 'range';
  pipe: PipeNode;
  list: TemplateNode[];
  elseList?: TemplateNode[];
}

export interface PipeNode extends At {
  type: 'pipe';
  isAssign: boolean;
  declarations: VariableNode[];
  commands: CommandNode[];
}

export interface CommandNode extends At {
  type: 'command';
  args: ArgumentNode[];
}

export interface VariableNode extends At {
  type: 'variable';
  /** `$x`, then fields. */
  identifiers: string[];
}

export type ArgumentNode =
  | (At & { type: 'identifier'; name: string })
  | (At & { type: 'dot' | 'nil' })
  | VariableNode
  | (At & { type: 'field'; identifiers: string[] })
  | (At & { type: 'chain'; node: ArgumentNode; fields: string[] })
  | (At & { type: 'bool'; value: boolean })
  | (At & { type: 'number'; text: string; integer?: number | bigint; float?: number; isRune: boolean })
  | (At & { type: 'string'; text: string; quoted: string })
  | PipeNode;

/** A node as errors show it (Node.String). */
export function nodeText(node: TemplateNode | PipeNode | CommandNode | ArgumentNode): string {
  switch (node.type) {
    case 'text':
      return node.text;
    case 'action':
      return `{{${nodeText(node.pipe)}}}`;
    case 'if':
    case 'with':
    case 'range': {
      const list = node.list.map(nodeText).join('');
      const otherwise = node.elseList ? `{{else}}${node.elseList.map(nodeText).join('')}` : '';
      return `{{${node.type} ${nodeText(node.pipe)}}}${list}${otherwise}{{end}}`;
    }
    case 'template':
      return `{{template ${goQuote(node.name)}${node.pipe ? ` ${nodeText(node.pipe)}` : ''}}}`;
    case 'break':
    case 'continue':
      return `{{${node.type}}}`;
    case 'pipe': {
      const names = node.declarations.map(nodeText).join(', ');
      const commands = node.commands.map(nodeText).join(' | ');
      return names ? `${names} ${node.isAssign ? '=' : ':='} ${commands}` : commands;
    }
    case 'command':
      return node.args.map((arg) => (arg.type === 'pipe' ? `(${nodeText(arg)})` : nodeText(arg))).join(' ');
    case 'identifier':
      return node.name;
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'variable':
      return node.identifiers.join('.');
    case 'field':
      return node.identifiers.map((name) => `.${name}`).join('');
    case 'chain': {
      const inner = node.node.type === 'pipe' ? `(${nodeText(node.node)})` : nodeText(node.node);
      return inner + node.fields.map((name) => `.${name}`).join('');
    }
    case 'bool':
      return String(node.value);
    case 'number':
      return node.text;
    case 'string':
      return node.quoted;
  }
}
