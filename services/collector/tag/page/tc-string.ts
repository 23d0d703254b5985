const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Bit 152 of a string of version 2, the first of `PurposesConsent`, is the third of its 26th character. */
const PURPOSE_1 = { character: 25, bit: 8 };

/** Whether a TC string of version 2 consents to purpose 1, store and access; one that is too short does not. */
export function allowsStorage(tcString = ''): boolean {
  const sextet = BASE64URL.indexOf(tcString.charAt(PURPOSE_1.character));
  return sextet > 0 && (sextet & PURPOSE_1.bit) !== 0;
}
