import { guarded } from './guard';

/** A page as it is counted. */
export interface View {
  url: string;
  /** The page before it. */
  ref: string;
}

/**
 * The current view. `onView` is called for every further one: where a single-page application moves to another
 * address by `history` (unless `spa` is false), and where the browser shows the page again as it was left.
 */
export function watchViews(spa: boolean, onView: () => void): View {
  const view: View = { url: location.href, ref: document.referrer };

  const moved = guarded(() => {
    if (page(location.href) === page(view.url)) return;
    view.ref = view.url;
    view.url = location.href;
    onView();
  });
  // Once the application's turn is over: routers often push an address and replace it at once.
  const later = (): void => void setTimeout(moved, 0);

  if (spa) {
    for (const name of ['pushState', 'replaceState'] as const) {
      const original = history[name].bind(history);
      history[name] = (...args) => {
        original(...args);
        later();
      };
    }
    addEventListener('popstate', later);
  }
  addEventListener(
    'pageshow',
    guarded(({ persisted }: PageTransitionEvent) => persisted && onView()),
  );
  return view;
}

/** An address without a mere position within its page; `#/…` and `#!…` are pages of routers. */
function page(url: string): string {
  return url.replace(/#(?![/!]).*/, '');
}
