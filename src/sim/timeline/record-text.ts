/**
 * How a series is written down: a line for each instant at which it changed, `SECONDS VALUE VALUE …`; seconds are counted from
 * the line before, those of the first from 1970. A value is a whole number, or `-` for none; a line without values says that what
 * it is about is gone. A record that is full is put aside, and a new one begins.
 */
import { isObject, type Json } from '../../apimachinery/json';

/** A value that is not known is undefined; no values: it is gone. */
export type Values = readonly (number | undefined)[];

export interface Point {
  /** Seconds since 1970. */
  at: number;
  values: Values;
}

/** The part of a series that grows. */
export interface Head {
  /** How many were put aside before. */
  number: number;
  count: number;
  /** The seconds of the last line. */
  last: number;
  text: string;
}

export const EMPTY: Head = Object.freeze({ number: 0, count: 0, last: 0, text: '' });

/** So many lines are one record. */
export const FULL = 256;

export function headOf(value: Json | undefined): Head {
  if (!isObject(value)) return EMPTY;
  const { number = 0, count = 0, last = 0, text = '' } = value as Partial<Head>;
  return { number, count, last, text };
}

export function valuesText(values: Values): string {
  return values.map((value) => (value === undefined ? '-' : String(Math.round(value)))).join(' ');
}

/** With one more point; the same head where it says nothing new. A second point of one instant replaces the first. */
export function appended(head: Head, { at, values }: Point): Head {
  const text = valuesText(values);
  if (head.count === 0) return text === '' ? head : { ...head, count: 1, last: at, text: lineOf(at, text) };
  const begin = head.text.lastIndexOf('\n') + 1;
  const { seconds, rest } = partsOf(head.text.slice(begin));
  if (rest === text || at < head.last) return head;
  if (at > head.last)
    return { ...head, count: head.count + 1, last: at, text: `${head.text}\n${lineOf(at - head.last, text)}` };
  const before = { ...head, count: head.count - 1, last: head.last - seconds, text: head.text.slice(0, begin - 1) };
  return appended(begin === 0 ? { ...before, last: 0, text: '' } : before, { at, values });
}

/** Its last line tells that what it is about is no more. */
export function isGone({ text }: Head): boolean {
  return !text.slice(text.lastIndexOf('\n') + 1).includes(' ');
}

/** The points of records, in the order of their numbers; each record tells its first time whole. */
export function pointsOf(texts: readonly string[]): Point[] {
  const points: Point[] = [];
  for (const text of texts) {
    let at = 0;
    for (const line of text === '' ? [] : text.split('\n')) {
      const { seconds, rest } = partsOf(line);
      at += seconds;
      points.push({ at, values: rest === '' ? [] : rest.split(' ').map(numberOf) });
    }
  }
  return points;
}

function lineOf(seconds: number, values: string): string {
  return values === '' ? String(seconds) : `${seconds} ${values}`;
}

function partsOf(line: string): { seconds: number; rest: string } {
  const blank = line.indexOf(' ');
  return blank < 0
    ? { seconds: Number(line), rest: '' }
    : { seconds: Number(line.slice(0, blank)), rest: line.slice(blank + 1) };
}

function numberOf(text: string): number | undefined {
  return text === '-' ? undefined : Number(text);
}
