/** `cortex sign-proof`: one proof of the agent key, for a discover made by hand (section 3.1 of the wire contract). */

import { Command } from "@commander-js/extra-typings";
import { systemClock, unixSeconds } from "../../shared/clock.ts";
import { randomHex } from "../../shared/crypto/random.ts";
import { EXIT } from "../../shared/errors.ts";
import { parseAgentId } from "../../shared/names.ts";
import { signAuthProof } from "../../shared/proofs/auth_proof.ts";
import type { CliContext, Finish } from "../context.ts";
import { requireAgentKey } from "../agent_key.ts";

const HELP = `
Prints one line of JSON: {"auth_proof":…,"nonce":…,"ts":…}. A proof is good once and for five minutes.

Example:
  cortex sign-proof --agent-id build-bot --priv-key-file ~/.cortex/agent-build-bot.key`;

/** The command as commander knows it. */
export function signProofCommand(context: CliContext, finish: Finish) {
  return new Command("sign-proof").description("sign one proof of an agent key")
    .requiredOption("--agent-id <id>", "the agent to prove")
    .requiredOption("--priv-key-file <path>", "its private key")
    .option("--json", "print JSON, which it always does")
    .addHelpText("after", HELP)
    .action(({ agentId, privKeyFile }) => {
      const fields = {
        ts: unixSeconds(systemClock.now()),
        nonce: randomHex(8),
        agentId: parseAgentId(agentId),
      };
      const proof = signAuthProof(requireAgentKey(privKeyFile), fields);
      context.terminal.json({ auth_proof: proof, nonce: fields.nonce, ts: fields.ts });
      finish(EXIT.ok);
    });
}
