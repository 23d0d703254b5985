import { columns, lines } from './profile-text';

/** What `POST /explain/{exchange}` answers. */
export interface BidExplanation {
  id: string;
  exchange: string;
  currency: string;
  consent: Record<string, boolean>;
  person:
    | { known: true; identity: string; uid: number; evaluatedSecondsAgo: number | null }
    | { known: false; reason: string };
  audiences: { id: string; since: string; until: string | null; expired?: true; withheld?: string }[];
  lineItems: { lineItemId: string; name: string; imps: ImpOutcome[] }[];
}

type ImpOutcome = { impid: string } & (
  { price: number; currency: string; creativeId: string; dealid?: string; wins: boolean } | { reason: string }
);

/** Line items of an impression that are listed one by one; the rest is counted by reason. */
const LISTED_MAX = 20;

export function bidText({ id, exchange, consent, person, audiences, lineItems }: BidExplanation): string {
  const { signal, coppa, ...gates } = consent;
  const allowed = Object.entries(gates).map(([gate, holds]) => `${gate} ${holds ? 'yes' : 'NO'}`);
  const notes = [signal ? '' : 'nothing said', coppa ? 'coppa' : ''].filter(Boolean).join(', ');
  return lines([
    `request ${id} of ${exchange}`,
    `consent: ${allowed.join(', ')}${notes === '' ? '' : ` (${notes})`}`,
    `person:  ${personText(person)}`,
    `audiences: ${audiences.length === 0 ? 'none' : ''}`.trimEnd(),
    ...columns(
      audiences.map(({ id, since, until, expired, withheld }) => [
        id,
        `since ${since}`,
        `${expired ? 'EXPIRED ' : 'until '}${until ?? 'something changes it'}`,
        withheld ?? '',
      ]),
    ),
    ...impIds(lineItems).flatMap((impid) => impLines(impid, lineItems)),
    ...(lineItems.length === 0 ? ['no line item is there: POST /v1/line-items makes one'] : []),
  ]);
}

function personText(person: BidExplanation['person']): string {
  if (!person.known) return `not known: ${person.reason}`;
  const age = person.evaluatedSecondsAgo;
  return `${person.uid}, by ${person.identity}; ${age === null ? 'never evaluated' : `evaluated ${age} s ago`}`;
}

function impIds(lineItems: BidExplanation['lineItems']): string[] {
  return (lineItems[0]?.imps ?? []).map(({ impid }) => impid);
}

function impLines(impid: string, lineItems: BidExplanation['lineItems']): string[] {
  const outcomes = lineItems.flatMap(({ lineItemId, name, imps }) =>
    imps.filter((imp) => imp.impid === impid).map((outcome) => ({ lineItemId, name, outcome })),
  );
  const rank = (outcome: ImpOutcome): number => ('price' in outcome ? (outcome.wins ? 0 : 1) : 2);
  outcomes.sort((a, b) => rank(a.outcome) - rank(b.outcome));
  const listed = outcomes.slice(0, LISTED_MAX);
  const counts = new Map<string, number>();
  for (const { outcome } of outcomes.slice(LISTED_MAX)) {
    const why = 'reason' in outcome ? outcome.reason : 'offers a price';
    counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  return [
    `imp ${impid}:`,
    ...columns(
      listed.map(({ lineItemId, name, outcome }) => [
        'reason' in outcome ? 'no' : outcome.wins ? 'BID' : 'outbid',
        lineItemId,
        name,
        'reason' in outcome ? outcome.reason : priceText(outcome),
      ]),
    ),
    ...[...counts].map(([why, count]) => `  … ${count} more: ${why}`),
  ];
}

function priceText({ price, currency, creativeId, dealid }: Exclude<ImpOutcome, { reason: string }>): string {
  return `${price} ${currency} CPM, creative ${creativeId}${dealid === undefined ? '' : `, deal ${dealid}`}`;
}
