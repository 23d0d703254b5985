import { exactlyOnceGuarantee } from '../testing/exactly-once-guarantee';

/** `npx jest exactly-once --globals '{"kills":300}'` for a longer run. */
declare const kills: number | undefined;

exactlyOnceGuarantee(typeof kills === 'number' ? kills : 30);
