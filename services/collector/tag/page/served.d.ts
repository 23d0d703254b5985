/* What the collector writes into the tag when it serves it, see ../serve-tag.ts. */

/** The collector's public address without a slash at its end. */
declare const __MUSTER_COLLECTOR__: string;
/** Our id on the TCF vendor list, 0 where there is none. */
declare const __MUSTER_TCF_VENDOR__: number;
