/** Semantic versions (blang/semver, which upstream reads them with). */

export interface Version {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  readonly prerelease: readonly (bigint | string)[];
}

/** @throws Error in the library's words */
export function parseVersion(text: string): Version {
  if (text === '') throw new Error('Version string empty');
  const parts = splitN(text, '.', 3);
  if (parts.length !== 3) throw new Error('No Major.Minor.Patch elements found');
  const [major, minor, rest] = parts as [string, string, string];
  const numbers = [numberOf('major', major), numberOf('minor', minor)] as const;
  let patch = rest;
  const plus = patch.indexOf('+');
  const build = plus < 0 ? [] : patch.slice(plus + 1).split('.');
  if (plus >= 0) patch = patch.slice(0, plus);
  const dash = patch.indexOf('-');
  const prerelease = dash < 0 ? [] : patch.slice(dash + 1).split('.');
  if (dash >= 0) patch = patch.slice(0, dash);
  const version = {
    major: numbers[0],
    minor: numbers[1],
    patch: numberOf('patch', patch),
    prerelease: prerelease.map(prereleaseOf),
  };
  for (const part of build) {
    if (part === '') throw new Error('Build meta data is empty');
    if (!/^[0-9A-Za-z-]+$/.test(part)) throw new Error(`Invalid character(s) found in build meta data "${part}"`);
  }
  return version;
}

function numberOf(name: string, text: string): bigint {
  const title = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  if (!/^[0-9]+$/.test(text)) {
    if (text === '') throw new Error(`strconv.ParseUint: parsing "": invalid syntax`);
    throw new Error(`Invalid character(s) found in ${name} number "${text}"`);
  }
  if (text.length > 1 && text.startsWith('0'))
    throw new Error(`${title} number must not contain leading zeroes "${text}"`);
  const value = BigInt(text);
  if (value !== BigInt.asUintN(64, value)) throw new Error(`strconv.ParseUint: parsing "${text}": value out of range`);
  return value;
}

function prereleaseOf(text: string): bigint | string {
  if (text === '') throw new Error('Prerelease is empty');
  if (/^[0-9]+$/.test(text)) {
    if (text.length > 1 && text.startsWith('0'))
      throw new Error(`Numeric PreRelease version must not contain leading zeroes "${text}"`);
    return BigInt(text);
  }
  if (!/^[0-9A-Za-z-]+$/.test(text)) throw new Error(`Invalid character(s) found in prerelease "${text}"`);
  return text;
}

export function compareVersions(a: Version, b: Version): number {
  for (const part of ['major', 'minor', 'patch'] as const) if (a[part] !== b[part]) return a[part] < b[part] ? -1 : 1;
  if (a.prerelease.length === 0 || b.prerelease.length === 0)
    return Math.sign(b.prerelease.length - a.prerelease.length);
  for (let i = 0; i < Math.min(a.prerelease.length, b.prerelease.length); i++) {
    const [x, y] = [a.prerelease[i] as bigint | string, b.prerelease[i] as bigint | string];
    if (x === y) continue;
    if (typeof x !== typeof y) return typeof x === 'bigint' ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return Math.sign(a.prerelease.length - b.prerelease.length);
}

/** What is meant by `v1.02`: without the v and leading zeros, with all three parts. @throws Error */
export function normalized(text: string): string {
  const parts = splitN(text.replace(/^v/, ''), '.', 3).map((part) => {
    if (part.length <= 1) return part;
    const trimmed = part.replace(/^0+/, '');
    return /^[0-9]/.test(trimmed) ? trimmed : `0${trimmed}`;
  });
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) as string))
    throw new Error('short version cannot contain PreRelease/Build meta data');
  while (parts.length < 3) parts.push('0');
  return parts.join('.');
}

function splitN(text: string, separator: string, most: number): string[] {
  const parts = text.split(separator);
  return parts.length <= most ? parts : [...parts.slice(0, most - 1), parts.slice(most - 1).join(separator)];
}
