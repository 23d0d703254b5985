export interface OraclePerson {
  identities: string[];
  /** Events of any of the identities. */
  events: number;
}

/** The persons behind events, each given by the identities that it names: who was ever named together is one. */
export function people(events: readonly (readonly string[])[]): OraclePerson[] {
  const above = new Map<string, string>();
  const topOf = (identity: string): string => {
    let top = identity;
    for (let next = above.get(top); next !== undefined && next !== top; next = above.get(top)) top = next;
    above.set(identity, top);
    return top;
  };
  for (const [first, ...others] of events) {
    if (first === undefined) throw new Error('an event names nobody');
    for (const other of [first, ...others]) above.set(topOf(other), topOf(first));
  }
  const persons = new Map<string, OraclePerson>();
  for (const identity of above.keys()) {
    const top = topOf(identity);
    const person = persons.get(top) ?? { identities: [], events: 0 };
    persons.set(top, person);
    person.identities.push(identity);
  }
  for (const [first = ''] of events) persons.get(topOf(first))!.events += 1;
  return [...persons.values()];
}
