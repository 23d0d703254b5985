import type { Said } from './consent';
import { guarded } from './guard';
import { collectorUrl } from './request';

/**
 * Opens the collector's frame of partner syncs once the page has loaded, so that no page is slower by it. Which
 * partners are due, and how many at once, the collector knows; the page keeps nothing.
 */
export function openSyncFrame(said: Said): void {
  const open = guarded(() => {
    const frame = document.createElement('iframe');
    frame.src = collectorUrl('/sync/frame', said);
    frame.title = 'muster';
    frame.tabIndex = -1;
    // Set on the object: a policy without inline styles allows that, an attribute it would not.
    frame.style.display = 'none';
    document.body.appendChild(frame);
  });
  if (document.readyState === 'complete') open();
  else addEventListener('load', open);
}
