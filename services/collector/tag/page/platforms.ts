/* The parts that we use of the page's consent platforms. */

/** IAB TCF v2.2, CMP API: `TCData`. */
interface TcData {
  gdprApplies?: boolean;
  eventStatus?: 'tcloaded' | 'cmpuishown' | 'useractioncomplete';
  tcString?: string;
  vendor?: { consents?: Record<number, boolean | undefined> };
}

/** IAB GPP CMP API 1.1: `pingData`. */
export interface GppPing {
  signalStatus?: 'ready' | 'not ready';
  cmpDisplayStatus?: 'visible' | 'hidden' | 'disabled';
  gppString?: string;
  applicableSections?: number[];
  /** Ids of the sections in `gppString`, in its order. */
  sectionList?: number[];
}

declare global {
  interface Window {
    __tcfapi?: (
      command: 'addEventListener',
      version: 2,
      callback: (data: TcData | null | undefined, ok: boolean) => void,
    ) => void;
    __gpp?: {
      (
        command: 'addEventListener',
        callback: (event: { pingData?: GppPing } | null | undefined, ok: boolean) => void,
      ): void;
      (command: 'ping', callback: (ping: GppPing | null | undefined, ok: boolean) => void): void;
    };
    __uspapi?: (
      command: 'getUSPData',
      version: 1,
      callback: (data: { uspString?: string } | null | undefined, ok: boolean) => void,
    ) => void;
  }
}
