#!/bin/sh
# Installs what `npm run test:engines` starts: Redis, Postgres, Java and Maven (for Kafka), from Debian's packages.
# Chromium and openssl for `npm run test:browser`, zsh and fish, whose completion is tested there, and Prometheus, for the
# promtool that infra/validate.sh needs.
# Does nothing where everything is there. Run it as root.
set -eu
missing=""
command -v redis-server >/dev/null || missing="$missing redis-server redis-tools"
[ -d /usr/lib/postgresql ] || command -v initdb >/dev/null || missing="$missing postgresql"
command -v java >/dev/null || missing="$missing openjdk-17-jre-headless"
command -v mvn >/dev/null || missing="$missing maven"
command -v zsh >/dev/null || missing="$missing zsh"
command -v fish >/dev/null || missing="$missing fish"
command -v promtool >/dev/null || missing="$missing prometheus"
command -v chromium >/dev/null || missing="$missing chromium"
command -v openssl >/dev/null || missing="$missing openssl"
[ -z "$missing" ] && exit 0
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# shellcheck disable=SC2086 -- a list of names
apt-get install -y -q --no-install-recommends $missing
