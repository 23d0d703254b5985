/**
 * For statements of our own, which are as long as the lists in them; the engine's defaults end at 256 KB. chDB takes them from
 * the statement's text; a server must know them before it parses, so over HTTP they go with each request as well.
 */
export const LARGE_STATEMENTS = {
  max_query_size: '67108864',
  max_ast_elements: '5000000',
  max_expanded_ast_elements: '5000000',
} as const;
