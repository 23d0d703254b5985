import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** What makes a server answer over TLS alone, and to one user alone. */
export interface Security {
  /** File in PEM. It signs itself, so it is also the authority that clients are to trust: `NODE_EXTRA_CA_CERTS`. */
  certificate: string;
  /** File in PEM (PKCS #8). */
  key: string;
  user: string;
  password: string;
}

/** A certificate for servers on this host and a login; files in `dir`, which is made. Throws without `openssl`. */
export function makeSecurity(dir: string): Security {
  mkdirSync(dir, { recursive: true });
  const [certificate, key] = [join(dir, 'certificate.pem'), join(dir, 'key.pem')];
  const request = 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=muster -addext';
  const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost';
  execFileSync('openssl', [...request.split(' '), names, '-keyout', key, '-out', certificate], {
    stdio: 'pipe',
  });
  // What a URL must escape, so that it is seen to be read.
  return { certificate, key, user: 'app', password: 'p@ss:w/rd' };
}

/** `user:password@` of a URL. */
export function userInfo({ user, password }: Security): string {
  return `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`;
}
