import { InvalidArgumentError } from 'commander';

/** For commander: a whole number from 1. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('a whole number from 1.');
  return value;
}
