/** What an engine's message says of the place of a fault, from 1. */
interface Place {
  line: number;
  column: number;
  length: number;
}

const EXPECTED_SHOWN = 8;
const CONTEXT_COLUMNS = 100;

/**
 * An engine's error with the place in the statement marked beneath, where the message tells it: by line and
 * column (`(line 1, col 8)`), by position, or by the name of what is not known.
 */
export function withPlaceMarked(message: string, statement: string): string {
  const said = shortened(message);
  const place = placeIn(message, statement);
  if (place === undefined) return said;
  const text = statement.split('\n')[place.line - 1] ?? '';
  // A very long line is shown around the place only.
  const from = Math.max(0, place.column - 1 - CONTEXT_COLUMNS / 2);
  const shown = text.slice(from, from + CONTEXT_COLUMNS).replaceAll('\t', ' ');
  const before = place.column - 1 - from;
  const length = Math.max(1, Math.min(place.length, shown.length - before));
  return `${said}\n  ${shown}\n  ${' '.repeat(before)}${'^'.repeat(length)}`;
}

/** The engine lists everything that could have followed. */
function shortened(message: string): string {
  return message.replace(/ Expected one of: ([^\n]*)/, (_whole, list: string) => {
    const names = list.replace(/\. \(\w+\)\s*$/, '').split(', ');
    const rest = names.length > EXPECTED_SHOWN ? ', …' : '';
    return ` Expected ${names.slice(0, EXPECTED_SHOWN).join(', ')}${rest}.`;
  });
}

function placeIn(message: string, statement: string): Place | undefined {
  const token = /failed at position \d+ \(([^)]*)\)/.exec(message)?.[1] ?? '';
  const [, line, column] = /\(line (\d+), col (\d+)\)/.exec(message) ?? [];
  if (line !== undefined && column !== undefined)
    return { line: Number(line), column: Number(column), length: Math.max(1, token.length) };
  const position = /failed at position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return at(statement, Number(position) - 1, token.length);
  return placeOfName(message, statement);
}

/** How the engine names what it does not know, and how what is not for analysts is named. */
const NAMES = [
  /(?:unknown|function|table|column|identifier)[\w ]*? [`'"]([^`'"]+)[`'"]/i,
  /the (?:table|function|setting|statement) ([\w.]+) is not allowed/,
];

function placeOfName(message: string, statement: string): Place | undefined {
  const name = NAMES.map((pattern) => pattern.exec(message)?.[1]).find((found) => found !== undefined);
  if (name === undefined) return undefined;
  // As written: the message may have put the database in front.
  for (const written of [name, name.slice(name.lastIndexOf('.') + 1)]) {
    const escaped = written.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const found = new RegExp(`(?<![\\w.])${escaped}(?!\\w)`).exec(statement);
    if (found !== null) return at(statement, found.index, written.length);
  }
  return undefined;
}

function at(statement: string, index: number, length: number): Place {
  const before = statement.slice(0, index).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1, length: Math.max(1, length) };
}
