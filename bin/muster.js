#!/usr/bin/env node
// Read by whatever Node.js is there: nothing here that an old one cannot parse, and nothing else is loaded before it
// is known to be new enough.
var wanted = require('../package.json').engines.node.replace(/[^0-9.]/g, '');

function isOlder(version, than) {
  var have = version.split('.').map(Number);
  var need = than.split('.').map(Number);
  return have[0] < need[0] || (have[0] === need[0] && have[1] < (need[1] || 0));
}

if (isOlder(process.versions.node, wanted)) {
  process.stderr.write(
    'muster: needs Node.js ' +
      wanted +
      ' or newer, and this is ' +
      process.versions.node +
      ' (' +
      process.execPath +
      ');\ninstall a newer one from https://nodejs.org, or put it first in PATH\n',
  );
  process.exit(1);
}

require('../dist/services/main/cli.js');
