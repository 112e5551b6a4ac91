/** Wraps text at spaces (mitchellh/go-wordwrap, which kubectl explain writes with): line breaks in the text stay. */

/** A word longer than `limit` stands out; spaces that a break replaces go. */
export function wrapText(text: string, limit: number): string {
  let output = '';
  let width = 0;
  let word = '';
  let wordWidth = 0;
  let space = '';
  const flush = () => {
    width += space.length + wordWidth;
    output += space + word;
    space = '';
    word = '';
    wordWidth = 0;
  };
  for (const character of text) {
    if (character === '\n') {
      if (word === '' && width + space.length > limit) space = '';
      flush();
      output += character;
      width = 0;
    } else if (/\s/u.test(character) && character !== '\u00a0') {
      if (space === '' || word !== '') flush();
      space += character;
    } else {
      word += character;
      wordWidth++;
      if (width + wordWidth + space.length > limit && wordWidth < limit) {
        output += '\n';
        width = 0;
        space = '';
      }
    }
  }
  if (word !== '' || width + space.length <= limit) output += space + word;
  return output;
}

/** Every line behind `amount` spaces, empty ones too. */
export function indentText(amount: number, text: string): string {
  const pad = ' '.repeat(amount);
  return pad + text.replaceAll('\n', `\n${pad}`);
}
