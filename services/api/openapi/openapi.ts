import { openApiDocument, type DocumentedServer } from '../../shared/runtime/openapi/document';
import type { Example } from '../../shared/runtime/openapi/example';
import type { JsonObject } from '../../shared/runtime/openapi/operation';
import { ruleSchemas } from '../audiences/rule-schema';
import type { Route } from '../http/route';
import { OWN_OPERATIONS } from './own-operations';
import { routeOperations } from './route-operations';

/** What the document says beside the API's own routes. */
export interface Documentation {
  /** The other ports. */
  neighbours: readonly DocumentedServer[];
  /** Named schemas of theirs. */
  schemas: JsonObject;
  examples: readonly Example[];
}

/** The whole platform as OpenAPI 3.1, made of the routes and of the very schemas that check requests. */
export function platformDocument(
  routes: readonly Route[],
  { neighbours, schemas, examples }: Documentation,
): JsonObject {
  return openApiDocument({
    title: 'Muster',
    version: '1',
    description:
      'Audiences from what people did, if they allowed it. Errors are RFC 9457 problems; another method than those ' +
      'here is answered 405, a fault of ours 500. Lists go on with `cursor`. PUT needs `If-Match` with the ETag that ' +
      'was read. POST honours `Idempotency-Key` for 24 hours. A field that is accepted is enforced; one that is not ' +
      'supported yet is refused with 422 `unsupported`. Collector and bidder have ports of their own, named at their ' +
      'paths; what is there can be tried from this page where it is read over plain http, under the same host name.',
    servers: [
      { url: '/', description: 'API', operations: [...routeOperations(routes), ...OWN_OPERATIONS] },
      ...neighbours,
    ],
    schemas: { ...ruleSchemas, ...schemas },
    examples,
  });
}
