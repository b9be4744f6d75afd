-- The requests of one case, for wrk. BODY is the JSON document; {id} in it becomes one of the numbers in IDS, {n} a number
-- that no other request has. An answer without "code":0 counts as an error.
local body, ids, threads = os.getenv("BODY"), {}, {}
for id in (os.getenv("IDS") or "0"):gmatch("%d+") do table.insert(ids, id) end

local function encoded(text)
  return (text:gsub("[^%w%-%._~]", function(c) return string.format("%%%02X", c:byte()) end))
end

local login = "auth_user=admin&auth_pwd=admin&json_data="

function setup(thread)
  thread:set("index", #threads)
  table.insert(threads, thread)
end

function init(args)
  math.randomseed(4711 + index)
  wrong, number = 0, 0
end

function request()
  number = number + 1
  local text = body:gsub("{id}", function() return ids[math.random(#ids)] end)
  text = text:gsub("{n}", index .. "-" .. number)
  return wrk.format("POST", "/webservices/rest.php?version=1.3",
    {["Content-Type"] = "application/x-www-form-urlencoded"}, login .. encoded(text))
end

function response(status, headers, answer)
  if status ~= 200 or not answer:find('"code":0,"message":', 1, true) then
    wrong = wrong + 1
    if wrong == 1 then io.stderr:write(answer:sub(1, 300), "\n") end
  end
end

function done(summary, latency, requests)
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  for _, thread in ipairs(threads) do errors = errors + thread:get("wrong") end
  io.write(string.format('RESULT {"requests": %d, "seconds": %.6f, "errors": %d, "p50": %.3f, "p95": %.3f}\n',
    summary.requests, summary.duration / 1e6, errors, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3))
end
