-- Replays requests whose attestation headers were signed beforehand: each header works once.
local headers, token, path, at = {}, "", "", 0

function init(args)
  token, path = args[1], args[2]
  for line in io.lines(args[3]) do headers[#headers + 1] = line end
end

function request()
  at = at + 1
  return wrk.format("GET", path, {
    ["Authorization"] = "Bearer " .. token,
    ["X-Daemon-Attestation"] = headers[at] or "used-up",
  })
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%.3f,"p50_ms":%.3f,"p99_ms":%.3f,"failed":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
