import assert from "node:assert/strict";
import { isUnsafeVariable } from "../../../shared/command/unsafe_variables.ts";

Deno.test("isUnsafeVariable knows what loads foreign code or believes foreign servers, of every kind", () => {
  const unsafe = [
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "LD_AUDIT",
    "DYLD_INSERT_LIBRARIES",
    "GLIBC_TUNABLES",
    "BASH_ENV",
    "ENV",
    "BASH_FUNC_ls%%",
    "NODE_OPTIONS",
    "NODE_EXTRA_CA_CERTS",
    "DENO_DIR",
    "DENO_CERT",
    "PYTHONPATH",
    "PERL5OPT",
    "RUBYOPT",
    "GIT_SSH_COMMAND",
    "GIT_CONFIG_COUNT",
    "SSL_CERT_FILE",
    "npm_config_script_shell",
  ];
  assert.deepEqual(unsafe.filter((name) => !isUnsafeVariable(name)), []);
});

Deno.test("isUnsafeVariable leaves programs what they need", () => {
  const kept = ["PATH", "HOME", "LANG", "TERM", "TZ", "USER", "NODE_ENV", "CI", "https_proxy", "GITHUB_SHA"];
  assert.deepEqual(kept.filter(isUnsafeVariable), []);
});
