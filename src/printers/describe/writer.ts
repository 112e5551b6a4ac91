/** Text in levels, two spaces each, and its tabs laid out in columns (kubectl describe.go PrefixWriter, tabbedString). */
import { escapeTerminal } from '../table';
import { TabWriter } from '../tabwriter';

// biome-ignore lint/suspicious/noExplicitAny: what is described comes from a server as the API has it; each describer knows its kind
export type Described = any;

/** What stands beside an object in its description. */
export interface Related {
  /** Undefined: events are not shown. */
  events?: readonly Described[] | undefined;
  /** The instant that ages are counted to. */
  now: number;
}

export class DescriptionWriter {
  /** Each is laid out by itself. */
  private readonly blocks: string[];
  private readonly indent: number;

  constructor(parent?: DescriptionWriter, indent = 0) {
    this.blocks = parent ? parent.blocks : [''];
    this.indent = parent ? parent.indent + indent : 0;
  }

  /** Writes at a level, as it is: no line end is added. */
  write(level: number, text: string): void {
    this.blocks[this.blocks.length - 1] += '  '.repeat(level + this.indent) + text;
  }

  /** `Title:  text`: a line with a tab between. */
  field(level: number, title: string, text: unknown): void {
    this.write(level, `${title}:\t${text}\n`);
  }

  /** A writer into the same text, further in. */
  nested(indent: number): DescriptionWriter {
    return new DescriptionWriter(this, indent);
  }

  /** What follows has columns of its own. */
  flush(): void {
    this.blocks.push('');
  }

  /** The text with its tabs. */
  toString(): string {
    return this.blocks.join('');
  }

  /** The text in columns. */
  layOut(): string {
    const tabs = new TabWriter({ minWidth: 0, tabWidth: 8, padding: 2 });
    let text = '';
    for (const block of this.blocks) {
      tabs.write(escapeTerminal(block));
      text += tabs.flush();
    }
    return text;
  }
}

/** What `write` writes, in columns. */
export function described(write: (writer: DescriptionWriter) => void): string {
  const writer = new DescriptionWriter();
  write(writer);
  return writer.layOut();
}
