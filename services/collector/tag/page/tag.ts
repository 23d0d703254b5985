/* The publisher's tag, from its script element to the first request. It runs in pages of other people. */
import { watchConsent, type Said } from './consent';
import { readEvent, type PageEvent } from './event';
import { guarded, warn } from './guard';
import { readOptions, type Options } from './options';
import { collectorUrl, request } from './request';
import { openSyncFrame } from './sync-frame';
import { watchViews } from './views';

/** What a page calls: `muster('event', type, fields)`. */
interface Muster {
  (...call: unknown[]): void;
  /** Calls that the page's own stub kept while the tag was loading. */
  q?: ArrayLike<ArrayLike<unknown>>;
  /** Set by the tag. */
  loaded?: boolean;
}

declare global {
  interface Window {
    muster?: Muster;
  }
  interface Document {
    readonly prerendering?: boolean;
  }
}

/** Events that wait for consent; a page that makes more of them has run wild. */
const HELD_MAX = 100;
/** The event that carries a new choice, so that what is stored follows it at once. */
const CONSENT_CHANGE = 'consent_change';

/** Starts to count the page; returns what takes its calls from now on. */
function start({ pub, auto, spa, sync, wait }: Options): Muster {
  let held: PageEvent[] = [];
  /** The consent that was sent last; undefined where nothing was sent, or a denial last. */
  let told: string | undefined;
  let syncs = sync;

  const view = watchViews(auto && spa, () => auto && event('page_view'));
  // A platform may answer while it is asked, before there is anything to send.
  let asked = false;
  const consent = watchConsent(
    wait,
    guarded(() => asked && flush()),
  );
  asked = true;

  function event(type: unknown, fields?: unknown): void {
    const read = readEvent(type, fields, view);
    if (!read) return;
    if (held.length < HELD_MAX) held.push(read);
    else warn(`event: over ${HELD_MAX} wait for consent, ${read.type} is dropped`);
    flush();
  }

  /** Sends what is held once it may be sent, and forgets it where that is denied. */
  function flush(): void {
    const { may, said } = consent.verdict();
    if (may === 'wait') return;
    const events = may === 'yes' ? held : [];
    held = [];
    const saying = JSON.stringify(said);
    if (told !== undefined && told !== saying) events.unshift({ type: CONSENT_CHANGE, parameters: {} });
    if (may === 'no') told = undefined;
    else if (events.length) told = saying;
    for (const { type, parameters } of events) {
      request(
        collectorUrl('/pixel.gif', { pub, ev: type, ...parameters, ...said }),
        guarded(() => may === 'yes' && openSyncs(said)),
      );
    }
  }

  /** After the first answer: only then is there a cookie to sync. */
  function openSyncs(said: Said): void {
    if (syncs) openSyncFrame(said);
    syncs = false;
  }

  addEventListener(
    'pagehide',
    guarded(() => {
      consent.lookNoMore();
      flush();
    }),
  );
  if (auto) event('page_view');
  return guarded((command, type, fields) => {
    if (command === 'event') event(type, fields);
    else warn(`${String(command)} is not a command`);
  });
}

guarded(() => {
  const stub = window.muster;
  if (stub && stub.loaded) return warn('tag.js is on the page already');
  const options = readOptions(
    document.currentScript || document.querySelector<HTMLScriptElement>('script[data-pub]'),
  );
  const calls = Array.from((stub && stub.q) || [], (call) => Array.from(call));
  let run: Muster = (...call) => {
    if (calls.length < HELD_MAX) calls.push(call);
  };
  const muster: Muster = (...call) => run(...call);
  muster.loaded = true;
  window.muster = muster;

  const begin = guarded(() => {
    if (!options) return;
    run = start(options);
    for (const call of calls) run(...call);
  });
  // A page that the browser prepares ahead may never be seen.
  if (document.prerendering) document.addEventListener('prerenderingchange', begin, { once: true });
  else begin();
})();
