import type { GraphChoice, GraphEdge, LinkOutcome, PersonGraph } from '../../shared/domain/person-graph';
import type { LinkRecord, PrivacyRecord } from '../../shared/domain/records';

export interface Applied {
  outcome: LinkOutcome;
  /** Edges and choices that count from now on; to be stored in the lake. */
  edges: GraphEdge[];
  choices: GraphChoice[];
  /** Identities whose persons may differ now. */
  touched: number[];
}

/** Takes one link into the graph. Both identities must be in it. */
export function applyLink(graph: PersonGraph, link: LinkRecord): Applied {
  if (link.kind === 'unsync') return applyUnsync(graph, link);
  const a = link.a.iid;
  const b = link.b?.iid ?? 0;
  const touched = [a, b, graph.partnerEdgeOf(a)?.b ?? 0].filter((iid) => iid !== 0);
  const outcome = link.kind === 'partner' ? graph.linkPartner(a, b, link.at) : graph.linkEvent(a, b, link.at);
  const edge: GraphEdge =
    link.kind === 'partner'
      ? { kind: 'partner', a, b, at: link.at }
      : { kind: 'event', a: Math.min(a, b), b: Math.max(a, b), at: link.at };
  return { outcome, edges: outcome === 'linked' ? [edge] : [], choices: [], touched };
}

/** Takes all ids of one partner off a cookie. */
function applyUnsync(graph: PersonGraph, link: LinkRecord): Applied {
  const cookie = link.a.iid;
  const applied: Applied = { outcome: 'unchanged', edges: [], choices: [], touched: [cookie] };
  for (const { iid, identity } of graph.membersOf(cookie)) {
    if (!identity.startsWith(`partner:${link.partner ?? ''}:`) || graph.partnerEdgeOf(iid)?.b !== cookie)
      continue;
    if (graph.linkPartner(iid, 0, link.at) !== 'linked') continue;
    applied.outcome = 'linked';
    applied.edges.push({ kind: 'partner', a: iid, b: 0, at: link.at });
    applied.touched.push(iid);
  }
  return applied;
}

/**
 * A person's choice: of the identities named, and of all that are linked to them at this moment. Each keeps it,
 * wherever it is linked later.
 */
export function applyChoice(graph: PersonGraph, record: PrivacyRecord, iids: readonly number[]): Applied {
  const applied: Applied = { outcome: 'unchanged', edges: [], choices: [], touched: [...iids] };
  const members = new Set(iids.flatMap((iid) => graph.membersOf(iid).map((member) => member.iid)));
  for (const iid of members) {
    const choice: GraphChoice = { iid, at: record.at, optedOut: record.type === 'optout' };
    if (!graph.choose(choice)) continue;
    applied.outcome = 'linked';
    applied.choices.push(choice);
  }
  return applied;
}
