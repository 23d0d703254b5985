import { exactlyOnce, killingProcesses } from '../testing/exactly-once-guarantee';

/** `npx jest exactly-once --globals '{"kills":300}'` for a longer run. */
declare const kills: number | undefined;
const KILLS = typeof kills === 'number' ? kills : 30;

exactlyOnce({
  title: 'after kill -9 of any process at any moment',
  disturb: killingProcesses(KILLS),
  timeoutMs: 300_000 + KILLS * 5_000,
});
