import { startBuilder, type BuilderOptions } from '../builder/builder';
import type { Service } from '../shared/runtime/service';
import type { Catalog } from '../shared/stores/catalog/catalog';
import { endAtOnce } from './processes/end-at-once';

/**
 * Memberships have one writer: of several builders one works, the others stand by until it is gone. Standing by is no
 * lack: everything is being seen to. Who loses the right ends the process, whose supervisor starts it anew.
 */
export function startLeadingBuilder(options: BuilderOptions & { catalog: Catalog }): Service {
  const { catalog, logger } = options;
  let state: 'standing by' | 'starting' | Service = 'standing by';
  let isClosing = false;

  const lead = async (): Promise<void> => {
    const giveBack = await catalog.hold('builder', (error) => {
      logger.fatal({ err: error }, 'another builder may be at work, ending the process');
      endAtOnce();
    });
    if (!isClosing) {
      state = 'starting';
      logger.info('this builder leads');
      state = await startBuilder(options);
      await closed;
      await state.close();
    }
    await giveBack();
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
