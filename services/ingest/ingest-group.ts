/** Consumer group of ingest. */
export const INGEST_GROUP = 'ingest';
