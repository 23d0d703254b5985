export type NoticePrice = { ok: true; micros: number | undefined } | { ok: false };

const MICROS = 1_000_000;
/** Twelve digits of money and any precision, also as Java prints small doubles. */
const PRICE = /^\d{1,12}(\.\d{1,20})?([eE][+-]?\d{1,2})?$/;

/**
 * The clearing price that an exchange put in place of `${AUCTION_PRICE}`, in CPM micros. Absent, empty (OpenRTB
 * 4.2.3: it may be removed) or not filled in, it is undefined; anything else that is no price is refused.
 */
export function parseNoticePrice(text: string | null): NoticePrice {
  if (text === null || text === '' || text.startsWith('${') || text === 'AUDIT')
    return { ok: true, micros: undefined };
  if (!PRICE.test(text)) return { ok: false };
  const micros = Math.round(Number(text) * MICROS);
  return Number.isSafeInteger(micros) ? { ok: true, micros } : { ok: false };
}
