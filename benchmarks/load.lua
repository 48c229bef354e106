-- What wrk sends: the same call as Actorproof's clients, with an operation id of its own, to a random counter.
-- Each thread has one host. Its address comes in ADDRESSES, the number of counters in ACTORS, a mark of this round in ROUND.

local addresses = {}
for address in os.getenv("ADDRESSES"):gmatch("%S+") do
  addresses[#addresses + 1] = address
end
local threads = 0

function setup(thread)
  threads = threads + 1
  local ip, port = addresses[(threads - 1) % #addresses + 1]:match("(.+):(%d+)")
  thread.addr = wrk.lookup(ip, port)[1]
  thread:set("number", threads)
end

function init()
  actors = tonumber(os.getenv("ACTORS"))
  mark = os.getenv("ROUND") .. "-" .. number .. "."
  count = 0
  math.randomseed(number)
end

function request()
  count = count + 1
  local body = '{"op":"' .. mark .. count .. '","args":{"by":1}}'
  return wrk.format("POST", "/v1.0/actors/Counter/b" .. math.random(0, actors - 1) .. "/method/add", nil, body)
end

function done(summary)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "duration_us": %d, "bad_status": %d, "lost": %d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout
  ))
end
