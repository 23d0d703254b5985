/** A copy without some of its fields. */
export function omit<T extends object, Key extends keyof T>(object: T, ...fields: Key[]): Omit<T, Key> {
  const copy = { ...object };
  for (const field of fields) delete copy[field];
  return copy;
}
