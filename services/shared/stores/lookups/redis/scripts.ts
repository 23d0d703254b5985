/**
 * What must happen in one piece on the server. Each script touches one key, so that it runs on a cluster too.
 * Numbers arrive and leave as text: Lua's are doubles, exact for safe integers, but would leave as 32 bits or in
 * scientific notation.
 */
import type { Result } from 'ioredis';
import { IDENTITY_CONFIRMED, IDENTITY_LINKED, IDENTITY_OPTED_OUT } from '../packing';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** Answers 1 when the identity is there. */
    confirmIdentity(key: string, field: string | Buffer): Result<number, Context>;
    /** @param uid six bytes. @param optedOut 0 or 1. Answers 1 when the identity is there. */
    repointIdentity(
      key: string,
      field: string | Buffer,
      uid: Buffer,
      optedOut: number,
    ): Result<number, Context>;
    /** @param value packed claim. @param ttlMs after which Redis forgets it. Answers the value that holds. */
    holdClaimBuffer(key: string, value: Buffer, nowMs: number, ttlMs: number): Result<Buffer, Context>;
    leaseCounter(key: string, want: number, limit: number): Result<string, Context>;
    addCounter(key: string, amount: number): Result<string, Context>;
    /** Answers 1 when written. */
    putDocument(key: string, revision: number, body: Buffer): Result<number, Context>;
  }
}

/** Layout of an identity: see packing.ts. Flags are added and taken as numbers: Lua 5.1 has no bitwise operators. */
const confirmIdentity = `
local value = redis.call('HGET', KEYS[1], ARGV[1])
if not value then return 0 end
local flags = string.byte(value, 1)
if flags % ${IDENTITY_CONFIRMED * 2} < ${IDENTITY_CONFIRMED} then
  redis.call('HSET', KEYS[1], ARGV[1], string.char(flags + ${IDENTITY_CONFIRMED}) .. string.sub(value, 2))
end
return 1`;

const repointIdentity = `
local value = redis.call('HGET', KEYS[1], ARGV[1])
if not value then return 0 end
local flags = string.byte(value, 1) % ${IDENTITY_CONFIRMED * 2}
if ARGV[3] == '1' then flags = flags + ${IDENTITY_OPTED_OUT} end
local iid = string.sub(value, 2, 7)
local uid = ''
if ARGV[2] ~= iid then
  flags = flags + ${IDENTITY_LINKED}
  uid = ARGV[2]
end
redis.call('HSET', KEYS[1], ARGV[1], string.char(flags) .. iid .. uid)
return 1`;

/** Layout of a claim: see claims.ts; bytes 9 to 14 are the expiry, little-endian. */
const holdClaim = `
local held = redis.call('GET', KEYS[1])
if held then
  local expiry = 0
  for at = 14, 9, -1 do expiry = expiry * 256 + string.byte(held, at) end
  if expiry > tonumber(ARGV[2]) then return held end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return ARGV[1]`;

const leaseCounter = `
local taken = tonumber(redis.call('GET', KEYS[1]) or '0')
local granted = math.max(0, math.min(tonumber(ARGV[1]), tonumber(ARGV[2]) - taken))
if granted > 0 then redis.call('SET', KEYS[1], string.format('%.0f', taken + granted)) end
return string.format('%.0f', granted)`;

const addCounter = `
local value = math.max(0, tonumber(redis.call('GET', KEYS[1]) or '0') + tonumber(ARGV[1]))
local text = string.format('%.0f', value)
redis.call('SET', KEYS[1], text)
return text`;

const putDocument = `
if tonumber(ARGV[1]) <= tonumber(redis.call('HGET', KEYS[1], 'r') or '0') then return 0 end
redis.call('HSET', KEYS[1], 'r', ARGV[1], 'b', ARGV[2])
return 1`;

export const SCRIPTS = {
  confirmIdentity: { lua: confirmIdentity, numberOfKeys: 1 },
  repointIdentity: { lua: repointIdentity, numberOfKeys: 1 },
  holdClaim: { lua: holdClaim, numberOfKeys: 1 },
  leaseCounter: { lua: leaseCounter, numberOfKeys: 1 },
  addCounter: { lua: addCounter, numberOfKeys: 1 },
  putDocument: { lua: putDocument, numberOfKeys: 1 },
};
