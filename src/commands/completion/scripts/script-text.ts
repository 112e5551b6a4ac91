/** Texts of scripts, written as `String.raw` templates: `$\{` stands for the `${` of a shell, PROGRAM for how one is called. */
export function scriptText(raw: string, program: string): string {
  return raw.replaceAll('$\\{', '${').replaceAll('PROGRAM', program);
}
