import { startBuilder, type BuilderOptions } from '../builder/builder';
import type { Service } from '../shared/runtime/service';
import type { Catalog } from '../shared/stores/catalog/catalog';
import { isFilled } from '../shared/stores/lookups/lookups';
import { endAtOnce } from './processes/end-at-once';
import { holdRight } from './processes/hold-right';
import { watchEpoch } from './watch-epoch';

/** How often lookups that are not filled are looked at again. */
const FILL_POLL_MS = 500;

/**
 * Memberships have one writer: of several builders one works, the others stand by until it is gone. Standing by is no
 * lack: everything is being seen to. Who loses the right ends the process, whose supervisor starts it anew. None works on
 * lookups that are not filled: whoever fills them needs the same right.
 */
export function startLeadingBuilder(options: BuilderOptions & { catalog: Catalog }): Service {
  const { lookups, logger } = options;
  let state: 'standing by' | 'waiting' | 'starting' | Service = 'standing by';
  let isClosing = false;

  const lead = async (): Promise<void> => {
    while (!isClosing) {
      await leadOnce();
      state = 'waiting';
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, FILL_POLL_MS))]);
    }
  };
  const leadOnce = async (): Promise<void> => {
    state = 'standing by';
    const giveBack = await holdRight(options, 'builder', 'another builder may be at work');
    const epoch = await lookups.epoch();
    if (isFilled(epoch) && !isClosing) await work(epoch);
    await giveBack();
  };
  const work = async (epoch: string): Promise<void> => {
    state = 'starting';
    logger.info('this builder leads');
    const watch = watchEpoch({ lookups, epoch, logger });
    state = await startBuilder(options);
    await closed;
    await state.close();
    watch.close();
  };
  let close: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => (close = resolve));
  const leading = lead();
  leading.catch((error: unknown) => {
    if (isClosing) return;
    logger.fatal({ err: error }, 'the builder cannot start');
    endAtOnce();
  });

  return {
    missing: () => {
      if (state === 'standing by') return [];
      if (state === 'waiting') return ['the lookups are not filled from the lake yet'];
      return state === 'starting' ? ['builder is starting'] : state.missing();
    },
    close: async () => {
      isClosing = true;
      close();
      // One that stands by waits for a right that it no longer wants.
      if (state !== 'standing by') await leading;
    },
  };
}
