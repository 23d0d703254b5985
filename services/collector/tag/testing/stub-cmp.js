/* global document, window */
/*
 * A consent platform for tests: the APIs of IAB TCF v2.2 and IAB GPP 1.1 with `ping`, listeners and their ids, and
 * USP's one command, without a banner. What a person would do there, a test says with `cmp.tcf`, `cmp.gpp`, `cmp.usp`.
 * `data-apis` of its script element names the APIs that it has.
 */
(function () {
  'use strict';
  const apis = document.currentScript.dataset.apis.split(' ');
  const listeners = { tcf: new Map(), gpp: new Map() };
  let lastId = 0;

  const tcData = {
    tcfPolicyVersion: 5,
    cmpId: 31,
    cmpVersion: 1,
    cmpStatus: 'loading',
    isServiceSpecific: true,
  };
  const gppData = {
    gppVersion: '1.1',
    cmpStatus: 'loading',
    cmpDisplayStatus: 'hidden',
    signalStatus: 'not ready',
    supportedAPIs: ['2:tcfeuv2', '7:usnat'],
    cmpId: 31,
    sectionList: [],
    applicableSections: [],
    gppString: '',
    parsedSections: {},
  };
  let uspString;

  function tcfapi(command, version, callback, parameter) {
    if (version !== 2 && version !== undefined) return callback(null, false);
    if (command === 'ping') {
      callback({
        gdprApplies: tcData.gdprApplies,
        cmpLoaded: true,
        cmpStatus: tcData.cmpStatus,
        apiVersion: '2.2',
      });
    } else if (command === 'addEventListener') {
      listeners.tcf.set(++lastId, callback);
      if (tcData.eventStatus) callback({ ...tcData, listenerId: lastId }, true);
    } else if (command === 'removeEventListener') {
      callback(listeners.tcf.delete(parameter));
    } else callback(null, false);
  }

  function gpp(command, callback, parameter) {
    if (command === 'ping') callback({ ...gppData }, true);
    else if (command === 'addEventListener') {
      listeners.gpp.set(++lastId, callback);
      callback(
        { eventName: 'listenerRegistered', listenerId: lastId, data: true, pingData: { ...gppData } },
        true,
      );
    } else if (command === 'removeEventListener') callback(listeners.gpp.delete(parameter), true);
    else callback(null, false);
  }

  if (apis.includes('tcf')) window.__tcfapi = tcfapi;
  if (apis.includes('gpp')) window.__gpp = gpp;
  if (apis.includes('usp')) {
    window.__uspapi = (command, _version, callback) =>
      command === 'getUSPData' ? callback({ version: 1, uspString }, true) : callback(null, false);
  }
  window.cmp = {
    /** The platform has news: TCData of the API, merged into what it said before. */
    tcf(data) {
      Object.assign(tcData, { cmpStatus: 'loaded' }, data);
      for (const [listenerId, listener] of listeners.tcf) listener({ ...tcData, listenerId }, true);
    },
    /** Likewise, with the name and the value of GPP's event. */
    gpp(eventName, value, data) {
      Object.assign(gppData, { cmpStatus: 'loaded' }, data);
      for (const [listenerId, listener] of listeners.gpp) {
        listener({ eventName, listenerId, data: value, pingData: { ...gppData } }, true);
      }
    },
    usp(text) {
      uspString = text;
    },
  };
})();
