/* The publisher's tag as text: it runs in browsers, where nothing of ours can be imported. */

/**
 * The tag: `<script async src="…/tag.js" data-pub="news"></script>`. It sends a page view (unless
 * `data-auto="off"`), then whatever is pushed: `muster.push(['purchase', {value: 19.9, currency: 'EUR'}])`, also
 * before it has loaded (`window.muster = window.muster || []`). It waits for the page's consent platform (TCF,
 * GPP, US privacy), and asks it again before each event, since people change their minds. No cookie, no storage:
 * the collector alone decides on those.
 */
export function tagSource(collectorUrl: string): string {
  return TAG.replace('__COLLECTOR__', JSON.stringify(collectorUrl));
}

const TAG = `(function (w, d) {
  'use strict';
  var base = __COLLECTOR__, me = d.currentScript, queue = w.muster;
  if (queue && queue.loaded) return;
  var pub = (me && me.getAttribute('data-pub')) || '';
  var wait = 2000;

  function once(fn) {
    var done = false;
    return function (value) { if (!done) { done = true; fn(value); } };
  }

  // Calls back with what one consent platform says, or with nothing when it stays silent.
  function ask(platform, call, then) {
    var answer = once(then);
    if (typeof platform !== 'function') return answer({});
    setTimeout(function () { answer({}); }, wait);
    try { call(platform, answer); } catch (error) { answer({}); }
  }

  function tcf(then) {
    ask(w.__tcfapi, function (api, answer) {
      api('addEventListener', 2, function (data, ok) {
        if (!ok || !data) return answer({});
        if (data.gdprApplies === false) answer({ gdpr: 0 });
        else if (data.eventStatus === 'tcloaded' || data.eventStatus === 'useractioncomplete') {
          answer({ gdpr: data.gdprApplies ? 1 : '', gdpr_consent: data.tcString });
        } else return;
        if (data.listenerId != null) api('removeEventListener', 2, function () {}, data.listenerId);
      });
    }, then);
  }

  function gpp(then) {
    ask(w.__gpp, function (api, answer) {
      function read(data) {
        if (data && data.gppString) {
          answer({ gpp: data.gppString, gpp_sid: (data.applicableSections || []).join(',') });
        }
      }
      api('ping', function (data) {
        if (data && data.signalStatus === 'ready') return read(data);
        api('addEventListener', function (event) {
          if (event && event.eventName === 'signalStatus' && event.data === 'ready') read(event.pingData);
        });
      });
    }, then);
  }

  function usp(then) {
    ask(w.__uspapi, function (api, answer) {
      api('getUSPData', 1, function (data, ok) { answer(ok && data ? { us_privacy: data.uspString } : {}); });
    }, then);
  }

  function consent(then) {
    var said = {}, left = 3;
    function add(part) {
      for (var key in part) said[key] = part[key];
      if (--left === 0) then(said);
    }
    tcf(add); gpp(add); usp(add);
  }

  function send(type, fields) {
    var params = { pub: pub, ev: type, url: w.location.href, ref: d.referrer }, key;
    for (key in fields || {}) params[key] = fields[key];
    consent(function (said) {
      for (key in said) params[key] = said[key];
      var pairs = [];
      for (key in params) {
        if (params[key] !== undefined && params[key] !== null && params[key] !== '') {
          pairs.push(encodeURIComponent(key) + '=' + encodeURIComponent(params[key]));
        }
      }
      new w.Image().src = base + '/pixel.gif?' + pairs.join('&');
    });
  }

  function push(item) {
    if (item && item.length) send(String(item[0]), item[1]);
  }

  w.muster = { loaded: true, push: push };
  if (!me || me.getAttribute('data-auto') !== 'off') send('page_view');
  for (var i = 0; queue && i < queue.length; i++) push(queue[i]);
})(window, document);
`;
