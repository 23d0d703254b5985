#!/bin/sh
# Checks Prometheus' configuration and rules, and runs the tests of the rules, with promtool.
# Fails where promtool is not there: infra/install-engines.sh installs it.
set -eu
cd "$(dirname "$0")/prometheus"
if ! command -v promtool >/dev/null; then
  echo "infra/validate.sh: promtool is missing; as root: infra/install-engines.sh, or apt-get install prometheus" >&2
  exit 1
fi
promtool check config prometheus.yml
promtool test rules tests/*.test.yaml
