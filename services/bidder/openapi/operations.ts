import { z } from 'zod';
import { LINE_ITEM_REASONS, NO_BID_REASONS } from '../../shared/domain/reasons';
import {
  parametersOf,
  problemAnswer,
  type Answer,
  type Operation,
} from '../../shared/runtime/openapi/operation';
import type { NoticeKind } from '../notices/notice-token';
import { bidRequestSchema } from './bid-request-schema';

const consent = z.object({
  storage: z.boolean(),
  profile: z.boolean(),
  personalisation: z.boolean(),
  measurement: z.boolean(),
  signal: z.boolean().describe('Whether the request said anything.'),
  coppa: z.boolean(),
});

const person = z.union([
  z.object({ known: z.literal(false), reason: z.string() }),
  z.object({
    known: z.literal(true),
    identity: z.string().describe('Kind of the identity that was found.'),
    uid: z.int(),
    evaluatedAt: z.iso.datetime().nullable(),
    evaluatedSecondsAgo: z.number().nullable(),
  }),
]);

const audiences = z.array(
  z.object({
    id: z.string(),
    since: z.iso.datetime(),
    until: z.iso.datetime().nullable(),
    ageSeconds: z.int(),
    expired: z.literal(true).optional(),
    withheld: z
      .literal('provider_consent_denied')
      .optional()
      .describe('Not used on this request: its rule asks for data of a provider that lacks consent.'),
  }),
);

const debug = z
  .object({
    muster: z.object({
      reason: z.enum(NO_BID_REASONS).optional(),
      tookMs: z.number(),
      consent,
      person,
      audiences,
    }),
  })
  .describe('Only with `?debug=1`.');

const bid = z.object({
  id: z.string(),
  impid: z.string(),
  price: z.number().describe('CPM in `cur`.'),
  adid: z.string(),
  cid: z.string().describe('The line item.'),
  crid: z.string().describe('The creative.'),
  adomain: z.array(z.string()),
  cat: z.array(z.string()),
  attr: z.array(z.int()).optional(),
  apis: z.array(z.int()).optional(),
  bundle: z.string().optional(),
  mtype: z.int(),
  w: z.int(),
  h: z.int(),
  exp: z.int().describe('Seconds.'),
  dealid: z.string().optional(),
  nurl: z.string().describe('Win notice.'),
  burl: z.string().describe('Billing notice.'),
  lurl: z.string().describe('Loss notice.'),
  adm: z.string().describe('Markup, with the signed click URL and our impression pixel.'),
});

const bidResponse = z
  .object({
    id: z.string(),
    bidid: z.string().optional(),
    cur: z.string().optional(),
    seatbid: z.array(z.object({ seat: z.string().optional(), bid: z.array(bid) })),
    nbr: z.int().optional().describe('Only with `?debug=1`: why there is no bid.'),
    ext: debug.optional(),
  })
  .describe('OpenRTB 2.6.');

const offer = z.union([
  z.object({ impid: z.string(), reason: z.enum(LINE_ITEM_REASONS) }),
  z.object({
    impid: z.string(),
    price: z.number(),
    currency: z.string(),
    creativeId: z.string(),
    dealid: z.string().optional(),
    wins: z.boolean(),
  }),
]);

const explanation = z.object({
  id: z.string(),
  exchange: z.string(),
  currency: z.string(),
  consent,
  person,
  audiences,
  lineItems: z.array(z.object({ lineItemId: z.string(), name: z.string(), imps: z.array(offer) })),
});

const exchangePath = parametersOf('path', z.object({ exchange: z.string().describe('Id of the exchange.') }));
const requestBody = { 'application/json': bidRequestSchema };
const requestProblems: Readonly<Record<number, Answer>> = {
  400: problemAnswer('Not JSON, or invalid: every fault with its path'),
  401: problemAnswer('A key is needed, and this is not it'),
  404: problemAnswer('No such exchange'),
  413: problemAnswer('The body is over 1 MiB, inflated too'),
  415: problemAnswer('Content-Encoding may be gzip or absent'),
};

const TAG = 'OpenRTB';

export const BID_OPERATION: Operation = {
  method: 'post',
  path: '/openrtb2/{exchange}',
  operationId: 'postOpenrtb2',
  tag: TAG,
  summary: 'Bid request',
  description:
    'Needs a key or an address only where the exchange has one. Gzip is allowed. Over the `maxQps` of the exchange: 204.',
  key: 'optional',
  parameters: [
    ...exchangePath,
    ...parametersOf(
      'query',
      z.object({
        debug: z
          .string()
          .optional()
          .describe('1, with an admin key: `nbr` and `ext.muster` say what happened.'),
      }),
    ),
  ],
  body: requestBody,
  responses: {
    200: { description: 'Bids', content: { 'application/json': bidResponse } },
    204: { description: 'No bid' },
    ...requestProblems,
    403: problemAnswer('The exchange does not call from this address'),
  },
};

export const EXPLAIN_OPERATION: Operation = {
  method: 'post',
  path: '/explain/{exchange}',
  operationId: 'postExplain',
  tag: TAG,
  summary: 'What decides on a bid request: person, audiences, and the first reason against every line item',
  description: 'Role: admin. Asks what bids ask, in the same order, and spends nothing.',
  key: 'required',
  parameters: exchangePath,
  body: requestBody,
  responses: {
    200: { description: 'Explained', content: { 'application/json': explanation } },
    ...requestProblems,
  },
};

const signed = {
  b: z.string().describe('What the bid was.'),
  s: z.string().describe('Its signature for this kind of notice.'),
};
const price = z.string().optional().describe('Clearing price as CPM, in place of `${AUCTION_PRICE}`.');
const noticeProblems: Readonly<Record<number, Answer>> = {
  400: problemAnswer('The price is none'),
  403: problemAnswer('The signature does not fit, or the price is above the bid'),
  410: problemAnswer('The bid is too old'),
};

function notice(
  kind: NoticeKind,
  path: string,
  about: { summary: string; query: z.ZodRawShape; responses: Readonly<Record<number, Answer>> },
): Operation {
  return {
    method: 'get',
    path,
    operationId: `get${kind.charAt(0).toUpperCase()}${kind.slice(1)}`,
    tag: TAG,
    summary: about.summary,
    description: 'A link of a bid as it was given. Repeats count once.',
    key: 'none',
    parameters: parametersOf('query', z.object({ ...signed, ...about.query })),
    responses: { ...about.responses, ...noticeProblems },
  };
}

const stored: Readonly<Record<number, Answer>> = { 204: { description: 'Durable' } };
const macro = z.string().optional();

export const NOTICE_OPERATIONS: Readonly<Record<NoticeKind, Operation>> = {
  win: notice('win', '/notice/win', { summary: 'Win notice', query: { p: price }, responses: stored }),
  bill: notice('bill', '/notice/bill', {
    summary: 'Billing notice',
    query: { p: price },
    responses: stored,
  }),
  loss: notice('loss', '/notice/loss', {
    summary: 'Loss notice',
    query: {
      p: price,
      r: macro.describe('Loss reason, in place of `${AUCTION_LOSS}`.'),
      m: macro.describe('In place of `${AUCTION_MIN_TO_WIN}`.'),
    },
    responses: stored,
  }),
  impression: notice('impression', '/impression', {
    summary: 'Our pixel in the markup',
    query: { p: price },
    responses: { 200: { description: 'A GIF of one pixel', content: { 'image/gif': z.string() } } },
  }),
  click: notice('click', '/click', {
    summary: 'A click',
    query: { p: price, u: z.string().optional().describe('Where it leads; as signed.') },
    responses: { 302: { description: 'On to the `clickUrl` of the creative' } },
  }),
};

export const BIDDER_OPERATIONS: readonly Operation[] = [
  BID_OPERATION,
  EXPLAIN_OPERATION,
  ...Object.values(NOTICE_OPERATIONS),
];
