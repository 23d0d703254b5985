#!/bin/sh
# Runs the lake's contract suite, and the rules' queries over several shards, against a ClickHouse cluster of yours:
#   infra/clickhouse-cluster/run-suites.sh http://user:password@host:8123 cluster
# It makes databases test_<random> ON CLUSTER and leaves them for you to look at; drop them when you are done.
set -eu
if [ $# -ne 2 ]; then
  echo "usage: $0 <URL of one of its servers> <name of the cluster in remote_servers>" >&2
  exit 2
fi
cd "$(dirname "$0")/../.."
MUSTER_TEST_CLICKHOUSE_URL="$1" MUSTER_TEST_CLICKHOUSE_CLUSTER="$2" exec npx jest --config jest.config.cjs \
  --testMatch '**/lake/cluster/*.engines.test.ts' --testPathIgnorePatterns /node_modules/
