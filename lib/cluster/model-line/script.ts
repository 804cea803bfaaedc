/** Calls that began within this time are counted as one, in milliseconds. */
const BUCKET_MS = 250;
/** The state ages out after a day without use. */
const KEPT_MS = 86_400_000;

/**
 * The line at a model and its limits, as one script that Redis runs at once, by its own time: takes in what an instance
 * says, then grants as many places as the limits allow to those who wait longest, wherever they wait. The state is one
 * key, so it is either all there or empty. KEYS: the state. ARGV: the request as JSON, the prefix of the channels on which
 * instances hear of places. Returns the reply as JSON.
 */
export const MODEL_LINE_SCRIPT = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local ask = cjson.decode(ARGV[1])
local me = ask.instance
local raw = redis.call('GET', KEYS[1])
local state = raw and cmsgpack.unpack(raw) or {
  at = 0, readyAt = 0, arrivals = 0, seen = {}, line = {}, held = {}, recent = {},
  day = '', today = 0, limit = ask.maxConcurrent, loweredAt = 0, pausedUntil = 0,
  outcomes = {}, breaker = 'closed', probe = '', probeAt = 0, probeMs = 0,
}

if math.abs(now - state.at) > ask.gapMs then state.readyAt = now + ask.warmUpMs end
if not raw and ask.before then
  table.insert(state.recent, { now - ask.before.ageMs, '', ask.before.requests, ask.before.promptTokens })
end
state.at = now
state.seen[me] = now
local isReady = now >= state.readyAt

local function use(instance, at, requests, tokens)
  local bucket = (math.floor(at / ${BUCKET_MS}) + 1) * ${BUCKET_MS}
  for _, entry in ipairs(state.recent) do
    if entry[1] == bucket and entry[2] == instance then
      entry[3] = math.max(0, entry[3] + requests)
      entry[4] = math.max(0, entry[4] + tokens)
      return bucket
    end
  end
  if requests > 0 then table.insert(state.recent, { bucket, instance, requests, tokens }) end
  return bucket
end

local function filter(list, keeps)
  local kept = {}
  for _, entry in ipairs(list) do if keeps(entry) then table.insert(kept, entry) end end
  return kept
end

local function isAlive(instance) return not isReady or now - (state.seen[instance] or 0) < ask.deadMs end

local function enter(call)
  for _, other in ipairs(state.line) do if other.id == call.id then return end end
  if not call.rank then
    state.arrivals = state.arrivals + 1
    call.rank = state.arrivals + call.penalty
  end
  state.arrivals = math.max(state.arrivals, call.rank - call.penalty)
  call.instance = me
  local place = #state.line + 1
  while place > 1 do
    local other = state.line[place - 1]
    if other.priority > call.priority then break end
    if other.priority == call.priority and other.rank <= call.rank then break end
    place = place - 1
  end
  table.insert(state.line, place, call)
end

local function free(id)
  state.held[id] = nil
  if state.probe == id then state.probe = '' end
end

local function open(probeMs)
  state.breaker, state.probeMs, state.probeAt = 'open', probeMs, now + probeMs
end

local function learn(wasProbe, outcome)
  if outcome == 'answered' then
    state.limit = math.min(ask.maxConcurrent, state.limit + 1 / math.floor(state.limit))
  end
  if outcome ~= 'answered' and outcome ~= 'outage' then return end
  if wasProbe then
    if outcome == 'outage' then open(math.min(ask.breaker.maxProbeMs, 2 * state.probeMs))
    else state.breaker, state.outcomes = 'closed', {} end
  elseif state.breaker == 'closed' then
    table.insert(state.outcomes, outcome == 'outage' and 1 or 0)
    if #state.outcomes > ask.breaker.samples then table.remove(state.outcomes, 1) end
    local outages = 0
    for _, one in ipairs(state.outcomes) do outages = outages + one end
    if #state.outcomes >= ask.breaker.minSamples and outages > ask.breaker.maxShare * #state.outcomes then
      open(ask.breaker.firstProbeMs)
    end
  end
end

local function finish(id, outcome, tokens, retryAfterMs)
  local call = state.held[id]
  local wasProbe = state.probe == id
  free(id)
  if call and outcome == 'unmade' then
    use(me, call.at, -1, -call.tokens)
    if call.day == state.day then state.today = state.today - 1 end
  elseif call and tokens then
    use(me, call.at, 0, tokens - call.tokens)
  end
  if outcome == 'rate-limit' then
    state.pausedUntil = math.max(state.pausedUntil, now + (retryAfterMs or 0))
    if call and call.at > state.loweredAt then
      state.loweredAt = now
      state.limit = math.max(1, state.limit / 2)
    end
  end
  -- The provider says that no request is left today. Calls that began before it said so prove nothing.
  local isNews = not state.closed or (call and call.at > state.closed.at)
  if outcome == 'day-spent' and isNews then
    local rules = ask.dayProbe
    local probeMs = state.closed and math.min(rules.maxProbeMs, 2 * state.closed.probeMs) or rules.firstProbeMs
    state.closed = { at = now, probeMs = probeMs, probeAt = now + math.max(probeMs, retryAfterMs or 0) }
  elseif outcome == 'answered' and isNews then
    state.closed = nil
  end
  learn(wasProbe, outcome)
end

-- The limits and the day.
state.limit = math.min(state.limit, ask.maxConcurrent)
if state.day ~= ask.day then
  if ask.day > state.day then state.day, state.today, state.closed = ask.day, 0, nil end
end
if state.day == ask.day then state.today = math.max(state.today, ask.today) end

-- What the instance says.
if ask.op == 'enter' then enter(ask.call)
elseif ask.op == 'leave' then
  state.line = filter(state.line, function(call) return call.id ~= ask.id end)
  if state.held[ask.id] then finish(ask.id, 'unmade') end
elseif ask.op == 'end' then finish(ask.id, ask.outcome, ask.promptTokens, ask.retryAfterMs)
elseif ask.op == 'bye' then state.seen[me] = nil
elseif ask.op == 'beat' then
  local waiting, calling = {}, {}
  for _, call in ipairs(ask.waiting) do waiting[call.id] = true end
  for _, call in ipairs(ask.held) do calling[call.id] = true end
  for id, call in pairs(state.held) do
    if call.instance == me and not calling[id] and not waiting[id] then finish(id, 'unmade') end
  end
  if ask.own then -- it was apart: what it did meanwhile counts
    state.recent = filter(state.recent, function(entry) return entry[2] ~= me end)
    for _, entry in ipairs(ask.own) do use(me, now - entry.ageMs, entry.requests, entry.promptTokens) end
  end
  for _, call in ipairs(ask.held) do
    if not state.held[call.id] then
      state.held[call.id] = { instance = me, at = now - call.ageMs, tokens = call.promptTokens, day = '' }
    end
  end
  state.line = filter(state.line, function(call) return call.instance ~= me or waiting[call.id] end)
  for _, call in ipairs(ask.waiting) do if not state.held[call.id] then enter(call) end end
end

-- What is over.
for id, call in pairs(state.held) do if not isAlive(call.instance) then free(id) end end
state.line = filter(state.line, function(call) return isAlive(call.instance) end)
for instance, seen in pairs(state.seen) do if isReady and not isAlive(instance) then state.seen[instance] = nil end end
state.recent = filter(state.recent, function(entry) return math.abs(now - entry[1]) < ask.windowMs and entry[3] > 0 end)

local inFlight, requests, tokens = 0, 0, 0
for _ in pairs(state.held) do inFlight = inFlight + 1 end
for _, entry in ipairs(state.recent) do requests, tokens = requests + entry[3], tokens + entry[4] end
-- Less what instances may use that keep to their share, because they do not reach Redis.
local function left(name) return ask[name] and math.max(1, ask[name] - ask.apart[name]) end
local limit = math.min(math.floor(state.limit), left('maxConcurrent'))
local requestsPerMinute, tokensPerMinute = left('requestsPerMinute'), left('tokensPerMinute')

local function fitting(call) return math.min(call.promptTokens, tokensPerMinute or math.huge) end

local function mayCall(call)
  if not isReady or inFlight >= limit or now < state.pausedUntil then return false end
  if state.breaker == 'open' and (now < state.probeAt or state.probe ~= '') then return false end
  if state.closed and now < state.closed.probeAt then return false end
  if ask.requestsPerDay and state.day == ask.day and state.today >= ask.requestsPerDay then return false end
  if requestsPerMinute and requests + 1 > requestsPerMinute then return false end
  return not tokensPerMinute or tokens + fitting(call) <= tokensPerMinute
end

while state.line[1] and mayCall(state.line[1]) do
  local call = table.remove(state.line, 1)
  local used = fitting(call)
  use(call.instance, now, 1, used)
  state.held[call.id] = { instance = call.instance, at = now, tokens = used, day = state.day }
  state.today = state.today + 1
  inFlight, requests, tokens = inFlight + 1, requests + 1, tokens + used
  if state.breaker == 'open' then state.probe = call.id end
  if state.closed then state.closed.probeAt = now + state.closed.probeMs end -- this one finds out
  if call.instance ~= me then
    redis.call('PUBLISH', ARGV[2] .. call.instance, cjson.encode({ model = ask.model, id = call.id }))
  end
end

-- What the instance hears.
local granted, places = {}, {}
local people, all = { calls = 0, promptTokens = 0 }, { calls = 0, promptTokens = 0 }
for _, call in ipairs(state.line) do
  if call.instance == me then
    places[call.id] = { rank = call.rank, calls = all.calls, promptTokens = all.promptTokens }
  end
  all.calls, all.promptTokens = all.calls + 1, all.promptTokens + call.promptTokens
  if call.priority >= ask.peoplePriority then
    people.calls, people.promptTokens = people.calls + 1, people.promptTokens + call.promptTokens
  end
end
for id, call in pairs(state.held) do if call.instance == me then table.insert(granted, id) end end
local recent = {}
for _, entry in ipairs(state.recent) do table.insert(recent, { now - entry[1], entry[3], entry[4] }) end
local closedDay = state.closed
  and { probeInMs = math.max(0, state.closed.probeAt - now), probeMs = state.closed.probeMs }
local breaker = state.breaker
if breaker == 'open' and state.probe ~= '' then breaker = 'half-open' end
redis.call('SET', KEYS[1], cmsgpack.pack(state), 'PX', ${KEPT_MS})
return cjson.encode({
  isReady = isReady, held = granted, places = places, limit = limit, inFlight = inFlight, people = people, all = all,
  recent = recent, today = state.today, closedDay = closedDay, pauseMs = math.max(0, state.pausedUntil - now),
  breaker = breaker, probeInMs = math.max(0, state.probeAt - now),
})
`;
