/** Text in levels, two spaces each; tabs are for whoever lays it out (kubectl describe.go PrefixWriter). */
export class DescriptionWriter {
  private text = '';

  /** Writes at a level, as it is: no line end is added. */
  write(level: number, text: string): void {
    this.text += '  '.repeat(level) + text;
  }

  toString(): string {
    return this.text;
  }
}
