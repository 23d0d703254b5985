import { z } from 'zod';
import { REJECT_REASONS } from '../../shared/domain/reasons';
import {
  parametersOf,
  problemAnswer,
  type Answer,
  type Operation,
} from '../../shared/runtime/openapi/operation';
import { EVENTS_MAX } from '../events/events';
import type { Endpoint } from '../metrics';
import { eventSchema } from './body-schemas';

const consentQuery = {
  gdpr: z.string().optional().describe('1: TCF applies; 0: it does not.'),
  gdpr_consent: z.string().optional().describe('TCF string.'),
  us_privacy: z.string().optional().describe('US privacy string; `ccpa` and `usp` mean the same.'),
  gpp: z.string().optional().describe('GPP string.'),
  gpp_sid: z.string().optional().describe('GPP section ids, with commas.'),
};

const browser = [
  ...parametersOf(
    'header',
    z.object({ 'Sec-GPC': z.string().optional().describe('Global Privacy Control.') }),
  ),
  ...parametersOf('cookie', z.object({ muid: z.string().optional().describe('Our cookie.') })),
];

const gif: Answer = {
  description: 'A GIF of one pixel; sets the cookie `muid` where consent allows',
  content: { 'image/gif': z.string() },
};
const html: Answer = { description: 'A page', content: { 'text/html': z.string() } };
const choice: Readonly<Record<number, Answer>> = {
  200: {
    description: 'Durable',
    content: { 'application/json': z.object({ optedOut: z.boolean() }) },
  },
  303: { description: 'Durable; a form goes back to /privacy' },
  403: problemAnswer('Sent by the page of another site'),
  503: problemAnswer('Could not be stored: try again'),
};
const unknownPartner = problemAnswer('No such partner');
const notReady = problemAnswer('The catalog was not seen yet, or the log took nothing: try again');
const keyAnswers: Readonly<Record<number, Answer>> = {
  401: problemAnswer('No key, or one that is not in force'),
  403: problemAnswer('The role may not do this'),
  415: problemAnswer('Content-Encoding may be gzip or absent'),
  503: notReady,
};

const code = z.enum(REJECT_REASONS);
const importAnswer = z.object({
  importId: z.string(),
  accepted: z.int().describe('Durable in the log.'),
  rejected: z.int(),
  errors: z
    .array(z.object({ line: z.int(), code, message: z.string() }))
    .describe('The first thousand rejected lines, counted from 1.'),
});

const BROWSERS = "Browsers' calls";
const SERVERS = "Servers' calls";

/** What the collector's port answers, by the names of its metrics. */
export const COLLECTOR_OPERATIONS: Readonly<Record<Exclude<Endpoint, 'other'>, Operation>> = {
  pixel: {
    method: 'get',
    path: '/pixel.gif',
    operationId: 'getPixel',
    tag: BROWSERS,
    summary: 'One event of the browser that calls',
    description:
      'Never an error status: a page must not suffer. A field that cannot be used is left out. Without `url` the ' +
      'page is the `Referer`.',
    key: 'none',
    parameters: [
      ...parametersOf(
        'query',
        z.object({
          pub: z.string().optional().describe('Id of the publisher.'),
          ev: z.string().max(128).optional().describe('Type of the event; default `page_view`.'),
          url: z.string().optional(),
          ref: z.string().optional(),
          cat: z.string().max(256).optional().describe('Category.'),
          kw: z.string().optional().describe('Keywords, with commas.'),
          value: z.string().optional().describe('Decimal(18,6).'),
          currency: z.string().optional().describe('ISO 4217.'),
          sku: z.string().max(256).optional(),
          id: z.string().max(128).optional().describe('Of the event: a repeat within 7 days counts once.'),
          ...consentQuery,
        }),
      ),
      ...browser,
    ],
    responses: { 200: gif },
  },
  sync: {
    method: 'get',
    path: '/sync',
    operationId: 'getSync',
    tag: BROWSERS,
    summary: "A partner's id for the browser that calls",
    key: 'none',
    parameters: [
      ...parametersOf(
        'query',
        z.object({
          partner: z.string().describe('Id of the partner.'),
          uid: z.string().optional().describe("The partner's id; empty takes the mapping away."),
          redir: z
            .string()
            .optional()
            .describe(
              "Where to go on, at a host of the partner's `redirectHosts`; `$UID` and `${MUSTER_UID}` become our id.",
            ),
          ...consentQuery,
        }),
      ),
      ...browser,
    ],
    responses: {
      200: gif,
      302: { description: 'On to `redir`' },
      400: problemAnswer("`redir` leads to a host that is not on the partner's list"),
      404: unknownPartner,
      503: notReady,
    },
  },
  sync_start: {
    method: 'get',
    path: '/sync/start',
    operationId: 'getSyncStart',
    tag: BROWSERS,
    summary: "On to the partner's `syncUrl` with our id in it",
    key: 'none',
    parameters: [
      ...parametersOf(
        'query',
        z.object({ partner: z.string().describe('Id of the partner.'), ...consentQuery }),
      ),
      ...browser,
    ],
    responses: {
      200: { ...gif, description: 'A GIF: there is no id that may be given' },
      302: { description: 'On to the partner' },
      404: problemAnswer('No such partner, or it has no `syncUrl`'),
      503: notReady,
    },
  },
  sync_frame: {
    method: 'get',
    path: '/sync/frame',
    operationId: 'getSyncFrame',
    tag: BROWSERS,
    summary: 'A page that starts the syncs which are due for this browser, as the tag opens it in a frame',
    description: 'Empty without our cookie, after an opt-out, or where consent denies a profile.',
    key: 'none',
    parameters: [...parametersOf('query', z.object(consentQuery)), ...browser],
    responses: { 200: html },
  },
  tag: {
    method: 'get',
    path: '/tag.js',
    operationId: 'getTag',
    tag: BROWSERS,
    summary: "The publisher's tag",
    key: 'none',
    parameters: parametersOf('header', z.object({ 'If-None-Match': z.string().optional() })),
    responses: {
      200: { description: 'A script', content: { 'text/javascript': z.string() } },
      304: { description: 'Not changed' },
    },
  },
  privacy: {
    method: 'get',
    path: '/privacy',
    operationId: 'getPrivacy',
    tag: BROWSERS,
    summary: 'The state of this browser, and buttons to opt out and in',
    key: 'none',
    parameters: parametersOf('cookie', z.object({ muid: z.string().optional() })),
    responses: { 200: html },
  },
  optout: {
    method: 'post',
    path: '/optout',
    operationId: 'postOptout',
    tag: BROWSERS,
    summary: 'Opt out, with all linked identities',
    key: 'none',
    parameters: browser,
    responses: choice,
  },
  optin: {
    method: 'post',
    path: '/optin',
    operationId: 'postOptin',
    tag: BROWSERS,
    summary: 'Opt in again',
    key: 'none',
    parameters: browser,
    responses: choice,
  },
  events: {
    method: 'post',
    path: '/v1/events',
    operationId: 'postEvents',
    tag: SERVERS,
    summary: 'Events by server',
    description:
      'Roles: admin, publisher. Accepted means durable. Gzip is allowed; a body has at most 1 MiB, inflated too.',
    key: 'required',
    parameters: parametersOf(
      'query',
      z.object({
        publisher: z.string().optional().describe('For admin: whose events these are; without it nobody’s.'),
      }),
    ),
    body: { 'application/json': z.object({ events: z.array(eventSchema).max(EVENTS_MAX) }) },
    responses: {
      202: {
        description: 'What was accepted, and what was not, by its index',
        content: {
          'application/json': z.object({
            accepted: z.int(),
            rejected: z.array(z.object({ index: z.int(), code, message: z.string() })),
          }),
        },
      },
      ...keyAnswers,
      400: problemAnswer('Not readable JSON'),
      404: problemAnswer('Another publisher than the key’s'),
      413: problemAnswer('The body is over 1 MiB'),
      422: problemAnswer('`events` is not a list of at most 1,000, or there is no such publisher'),
    },
  },
  records: {
    method: 'post',
    path: '/v1/providers/{id}/records',
    operationId: 'postProvidersRecords',
    tag: SERVERS,
    summary: 'Records of a data provider, one JSON object a line',
    description:
      'Roles: admin, provider. Streamed, gzip allowed, of any length; a line has at most 64 KiB. The same id, trait, ' +
      'at, op and value count once. Each line is a `ProviderRecord`.',
    key: 'required',
    parameters: parametersOf('path', z.object({ id: z.string().describe('Id of the provider.') })),
    body: { 'application/x-ndjson': z.string() },
    responses: {
      202: {
        description: 'What was accepted, and what was not, line by line',
        content: { 'application/json': importAnswer },
      },
      ...keyAnswers,
      400: problemAnswer('The body broke off; what came before was accepted and stays'),
      404: problemAnswer('No such provider, or another’s'),
    },
  },
};
