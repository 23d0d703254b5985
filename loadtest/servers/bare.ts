/**
 * The ceiling: bare node:http that parses the same JSON and answers a constant as long as the bidder's answers are, so
 * that both send as many bytes; a GET is answered with a constant GIF.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** Of the bidder's mean answer to this load. */
const ANSWER_BYTES = 1_800;
const ANSWER = Buffer.from(JSON.stringify({ id: '1', seatbid: [], ext: '' }).padEnd(ANSWER_BYTES));
const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

const server = createServer((req, res) => {
  if (req.method === 'GET') {
    res.writeHead(200, { 'content-type': 'image/gif', 'content-length': GIF.length });
    res.end(GIF);
    return;
  }
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    const body = Buffer.concat(chunks);
    const isGzip = req.headers['content-encoding'] === 'gzip';
    JSON.parse((isGzip ? gunzipSync(body) : body).toString('utf8'));
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length });
    res.end(ANSWER);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));
