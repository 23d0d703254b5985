#!/usr/bin/env node
require('../dist/services/main/cli.js');
