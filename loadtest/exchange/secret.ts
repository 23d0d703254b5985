/** Of the servers under load; with it the exchange makes our ids as its partner sees them. */
export const SECRET = 'a-secret-of-the-load-test';
