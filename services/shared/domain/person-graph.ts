/**
 * Persons as connected components of identities. Pure: holds the persons that some news is about, takes the
 * news, and answers what became of them.
 *
 * Two kinds of edges. An `event` edge stays for ever. A `partner` edge hangs a partner's id on a cookie; the
 * partner's id has at most one, the newest `at` wins (at equal time the larger cookie number), and `b` 0 says
 * that it belongs to none. So links can be moved and undone, and the outcome does not depend on the order of
 * arrival.
 */

/** More identities than this are no person; something shared was taken for an identity. */
export const PERSON_IDENTITIES_MAX = 1_000;

export interface GraphMember {
  iid: number;
  identity: string;
}

export interface GraphEdge {
  kind: 'partner' | 'event';
  a: number;
  /** 0 only for `partner`: belongs to no cookie since `at`. */
  b: number;
  at: number;
}

export interface GraphChoice {
  iid: number;
  at: number;
  optedOut: boolean;
}

export interface GraphPerson {
  /** The smallest iid. */
  uid: number;
  members: GraphMember[];
  edges: GraphEdge[];
  choices: GraphChoice[];
}

/** `unchanged`: known already, or older than what is known. `too_large`: refused, nothing changed. */
export type LinkOutcome = 'linked' | 'unchanged' | 'too_large';

interface Component {
  iids: Set<number>;
}

export class PersonGraph {
  private readonly identities = new Map<number, string>();
  private readonly components = new Map<number, Component>();
  /** Event edges and partner edges alike, both directions. A pair may have both kinds: counted. */
  private readonly neighbours = new Map<number, Map<number, number>>();
  private readonly eventEdges = new Map<string, GraphEdge>();
  private readonly partnerEdges = new Map<number, GraphEdge>();
  private readonly choices = new Map<number, GraphChoice>();

  constructor(persons: Iterable<GraphPerson> = []) {
    for (const person of persons) this.load(person);
  }

  /** Makes an identity known as a person of its own, unless it is known already. */
  add(member: GraphMember): void {
    if (this.identities.has(member.iid)) return;
    this.identities.set(member.iid, member.identity);
    this.components.set(member.iid, { iids: new Set([member.iid]) });
  }

  /** The members of an identity's person. */
  membersOf(iid: number): GraphMember[] {
    return [...this.componentOf(iid).iids].map((member) => ({
      iid: member,
      identity: this.identities.get(member)!,
    }));
  }

  /** The partner edge an identity has, if any; with `b` 0 when it was taken off its cookie. */
  partnerEdgeOf(a: number): GraphEdge | undefined {
    return this.partnerEdges.get(a);
  }

  /** Two identities of one person, once and for all. */
  linkEvent(a: number, b: number, at: number): LinkOutcome {
    if (a === b) return 'unchanged';
    const edge: GraphEdge = { kind: 'event', a: Math.min(a, b), b: Math.max(a, b), at };
    if (this.eventEdges.has(eventKey(edge))) return 'unchanged';
    if (!this.connect(a, b)) return 'too_large';
    this.eventEdges.set(eventKey(edge), edge);
    return 'linked';
  }

  /** A partner's id `a` belongs to the cookie `b`, or to none (0). */
  linkPartner(a: number, b: number, at: number): LinkOutcome {
    if (a === b) return 'unchanged';
    const before = this.partnerEdges.get(a);
    if (before !== undefined && (before.at > at || (before.at === at && before.b >= b))) return 'unchanged';
    if (before?.b !== b) {
      if (before !== undefined && before.b !== 0) this.disconnect(a, before.b);
      if (b !== 0 && !this.connect(a, b)) {
        if (before !== undefined && before.b !== 0) this.connect(a, before.b);
        return 'too_large';
      }
    }
    this.partnerEdges.set(a, { kind: 'partner', a, b, at });
    return 'linked';
  }

  /** A choice of one identity; of several the newest counts, at equal time the opt-out. Answers whether it counts. */
  choose(choice: GraphChoice): boolean {
    const before = this.choices.get(choice.iid);
    if (before !== undefined && !isNewer(choice, before)) return false;
    this.componentOf(choice.iid);
    this.choices.set(choice.iid, choice);
    return true;
  }

  /** All persons as they are now, each once, in a stable order. */
  persons(): GraphPerson[] {
    const persons: GraphPerson[] = [];
    const byUid = new Map<Component, GraphPerson>();
    for (const [iid, component] of [...this.components].sort(([x], [y]) => x - y)) {
      let person = byUid.get(component);
      if (person === undefined) {
        person = { uid: iid, members: [], edges: [], choices: [] };
        byUid.set(component, person);
        persons.push(person);
      }
      person.members.push({ iid, identity: this.identities.get(iid)! });
      const choice = this.choices.get(iid);
      if (choice !== undefined) person.choices.push(choice);
      const partner = this.partnerEdges.get(iid);
      if (partner !== undefined) person.edges.push(partner);
    }
    for (const edge of this.eventEdges.values()) byUid.get(this.componentOf(edge.a))!.edges.push(edge);
    return persons;
  }

  private load(person: GraphPerson): void {
    for (const member of person.members) this.add(member);
    for (const edge of person.edges) {
      if (edge.kind === 'partner') this.partnerEdges.set(edge.a, edge);
      else this.eventEdges.set(eventKey(edge), edge);
      if (edge.b !== 0) this.connect(edge.a, edge.b, Infinity);
    }
    for (const choice of person.choices) this.choices.set(choice.iid, choice);
  }

  private componentOf(iid: number): Component {
    const component = this.components.get(iid);
    if (component === undefined) throw new Error(`identity ${iid} is not in this graph`);
    return component;
  }

  private connect(a: number, b: number, limit = PERSON_IDENTITIES_MAX): boolean {
    const left = this.componentOf(a);
    const right = this.componentOf(b);
    if (left !== right) {
      if (left.iids.size + right.iids.size > limit) return false;
      const [large, small] = left.iids.size >= right.iids.size ? [left, right] : [right, left];
      for (const iid of small.iids) {
        large.iids.add(iid);
        this.components.set(iid, large);
      }
    }
    this.count(a, b, 1);
    this.count(b, a, 1);
    return true;
  }

  private disconnect(a: number, b: number): void {
    this.count(a, b, -1);
    this.count(b, a, -1);
    const reached = this.reach(a);
    if (reached.has(b)) return;
    const rest = this.componentOf(b);
    const split: Component = { iids: reached };
    for (const iid of reached) {
      rest.iids.delete(iid);
      this.components.set(iid, split);
    }
  }

  private reach(start: number): Set<number> {
    const reached = new Set([start]);
    // A set that grows while it is walked: every identity found is visited once.
    for (const iid of reached) {
      for (const next of this.neighbours.get(iid)?.keys() ?? []) reached.add(next);
    }
    return reached;
  }

  private count(from: number, to: number, by: number): void {
    let counts = this.neighbours.get(from);
    if (counts === undefined) this.neighbours.set(from, (counts = new Map<number, number>()));
    const count = (counts.get(to) ?? 0) + by;
    if (count === 0) counts.delete(to);
    else counts.set(to, count);
  }
}

/** Whether a person is out: the newest choice among the members, at equal time the opt-out. */
export function isOptedOut(choices: Iterable<GraphChoice>): boolean {
  let newest: GraphChoice | undefined;
  for (const choice of choices) if (newest === undefined || isNewer(choice, newest)) newest = choice;
  return newest?.optedOut ?? false;
}

function isNewer(choice: GraphChoice, than: GraphChoice): boolean {
  return choice.at > than.at || (choice.at === than.at && choice.optedOut && !than.optedOut);
}

function eventKey(edge: GraphEdge): string {
  return `${edge.a}:${edge.b}`;
}
