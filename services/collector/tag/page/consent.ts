import { guarded } from './guard';
import type { GppPing } from './platforms';
import { allowsStorage } from './tc-string';

/** The consent parameters of a call to the collector. */
export type Said = Partial<Record<'gdpr' | 'gdpr_consent' | 'gpp' | 'gpp_sid' | 'us_privacy', string>>;

export interface Verdict {
  /** `wait`: not known yet. `no`: TCF applies and nothing may be done. `yes`: the collector decides by `said`. */
  may: 'wait' | 'no' | 'yes';
  said: Said;
}

export interface Consent {
  verdict(): Verdict;
  /** The page is being left: no consent platform will turn up any more. */
  lookNoMore(): void;
}

/** One consent API of the page. */
interface Source {
  /** It is on the page, and we have asked. */
  found?: boolean;
  /** It has not said anything yet, and its time is not up. */
  silent?: boolean;
  /** The person has to choose, or is just choosing: no time ends this. */
  asking?: boolean;
  /** TCF applies, and denies that anything is stored. */
  denied?: boolean;
  said?: Said;
}

/** Section id of the EU's TCF in GPP. */
const GPP_TCF_EU = 2;
const LOOK_EVERY_MS = 50;
/** Where a page shows no consent API it is looked for this long: their stubs belong in front of all tags. */
const LOOK_MS_MAX = 500;

/**
 * Listens to TCF, GPP and US privacy for as long as the page lives and tells of everything new by `onChange`. A
 * platform that says nothing for `waitMs` counts as having said nothing; where TCF applies and the choice is still
 * to be made, waiting has no end.
 */
export function watchConsent(waitMs: number, onChange: () => void): Consent {
  const tcf: Source = {};
  const gpp: Source = {};
  const usp: Source = {};
  const sources = [tcf, gpp, usp];
  let looking = Math.min(LOOK_MS_MAX, waitMs);

  function settle(source: Source, said: Said, denied = false): void {
    source.silent = source.asking = false;
    source.said = said;
    source.denied = denied;
    onChange();
  }

  /** Asks once; what comes back, and when, is the platform's affair. */
  function listen(source: Source, ask: () => void): void {
    if (source.found) return;
    source.found = source.silent = true;
    const giveUp = (): void => {
      if (!source.silent) return;
      source.silent = false;
      onChange();
    };
    setTimeout(guarded(giveUp), waitMs);
    guarded(ask)();
  }

  const listenToTcf = guarded<Parameters<Parameters<NonNullable<Window['__tcfapi']>>[2]>>((data, ok) => {
    if (!ok || !data) return tcf.said || tcf.asking ? undefined : settle(tcf, {});
    const { gdprApplies, eventStatus, tcString, vendor } = data;
    if (gdprApplies === false) return settle(tcf, { gdpr: '0' });
    if (eventStatus === 'tcloaded' || eventStatus === 'useractioncomplete') {
      const vendorDenied =
        __MUSTER_TCF_VENDOR__ && vendor && vendor.consents && !vendor.consents[__MUSTER_TCF_VENDOR__];
      return settle(
        tcf,
        { gdpr: gdprApplies ? '1' : '', gdpr_consent: tcString },
        !allowsStorage(tcString) || !!vendorDenied,
      );
    }
    // Shown again after a choice: the choice holds until there is a new one.
    if (!tcf.said && (gdprApplies || eventStatus === 'cmpuishown')) tcf.asking = true;
  });

  const readGpp = guarded((ping: GppPing | null | undefined) => {
    if (!ping) return;
    const {
      signalStatus,
      cmpDisplayStatus,
      gppString = '',
      applicableSections = [],
      sectionList = [],
    } = ping;
    const tcfApplies = applicableSections.indexOf(GPP_TCF_EU) >= 0;
    if (signalStatus === 'ready') {
      const index = sectionList.indexOf(GPP_TCF_EU);
      const denied = tcfApplies && index >= 0 && !allowsStorage(gppString.split('~')[index + 1]);
      settle(gpp, { gpp: gppString, gpp_sid: applicableSections.join() }, denied);
    } else {
      gpp.asking = tcfApplies || cmpDisplayStatus === 'visible';
      onChange();
    }
  });

  const readUsp = guarded((data: { uspString?: string } | null | undefined, ok: boolean) => {
    const us_privacy = (ok && data && data.uspString) || '';
    if (!usp.said || usp.said.us_privacy !== us_privacy) settle(usp, { us_privacy });
  });

  function look(): void {
    const { __tcfapi, __gpp, __uspapi } = window;
    if (typeof __tcfapi === 'function') {
      listen(tcf, () => __tcfapi('addEventListener', 2, listenToTcf));
    }
    if (typeof __gpp === 'function') {
      listen(gpp, () => {
        __gpp('addEventListener', (event) => readGpp(event && event.pingData));
        __gpp('ping', readGpp);
      });
    }
    if (typeof __uspapi === 'function') {
      // It tells of no changes: it is asked anew whenever something is to be sent.
      const ask = guarded(() => __uspapi('getUSPData', 1, readUsp));
      if (usp.found) ask();
      else listen(usp, ask);
    }
  }

  function lookAgain(): void {
    look();
    if (sources.some(({ found }) => found)) looking = 0;
    if (looking <= 0) return onChange();
    looking -= LOOK_EVERY_MS;
    setTimeout(guarded(lookAgain), LOOK_EVERY_MS);
  }

  lookAgain();
  return {
    verdict() {
      look();
      const waits = looking > 0 || sources.some(({ silent, asking }) => silent || asking);
      return {
        may: sources.some(({ denied }) => denied) ? 'no' : waits ? 'wait' : 'yes',
        said: Object.assign({}, ...sources.map(({ said }) => said)) as Said,
      };
    },
    lookNoMore() {
      looking = 0;
    },
  };
}
