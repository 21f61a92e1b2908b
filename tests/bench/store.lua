-- Stores one new secret a request.
local token, run, at = "", "", 0

function init(args)
  token, run = args[1], args[2]
end

function request()
  at = at + 1
  local body = string.format('{"key_path":"bench/%s/%d","secret_type":"KEY_VALUE","value":"value-%d-of-some-length"}', run, at, at)
  return wrk.format("POST", "/admin/secrets", { ["X-Admin-Token"] = token, ["Content-Type"] = "application/json" }, body)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%.3f,"p50_ms":%.3f,"p99_ms":%.3f,"failed":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
