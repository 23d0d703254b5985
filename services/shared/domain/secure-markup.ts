/** Names of XML languages look like URLs and load nothing. */
const NAMESPACES = /http:\/\/www\.w3\.org\//gi;
/** Also as JSON in a script writes it (`http:\/\/`) and as an encoded parameter. */
const INSECURE_URL = /http:(?:\/\/|\\\/\\\/|%2f%2f)|http%3a%2f%2f/i;

/** Whether markup loads nothing over plain http, OpenRTB 2.6 section 3.2.4 `imp.secure`. */
export function isSecure(markup: string): boolean {
  return !INSECURE_URL.test(markup.replace(NAMESPACES, ''));
}
