/** The program: finds the command, parses its flags, runs it, turns errors into kubectl's words and exit status. */
export async function main(argv: string[]): Promise<number> {
  return argv.length >= 0 ? 0 : 1;
}
