/**
 * `POST /project/run/:project`: the values of one run, each with the way it goes, in an answer that the server signs. Values
 * that are bound leave the vault only for a command that a person approved; a use is counted in the same transaction as
 * the row that tells of it.
 */

import type { CommandFacts } from "../../../shared/api/command.ts";
import type { RunRelease, RunReleaseRequest, RunReleaseResponse } from "../../../shared/api/run_release.ts";
import { commandDigest, type CommandPart } from "../../../shared/command/binding.ts";
import { publicKeyOf } from "../../../shared/crypto/ed25519.ts";
import { toBase64Url } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";
import { signRunAnswer } from "../../../shared/proofs/run_answer.ts";
import { type CommandGrant, grantsFor, nearestMiss } from "../../access/command_keys.ts";
import { keptBack } from "../../access/release.ts";
import { allowsUnredacted } from "../../access/policy.ts";
import { FOR_A_RUN } from "../../access/delivery.ts";
import type { ProjectCaller } from "../../caller.ts";
import { checkStillHeld } from "../../identity/held_token.ts";
import type { SigningKeys } from "../../identity/signing_keys.ts";
import type { SealedGrant } from "../projects/access_facts.ts";
import { spendUses } from "../approvals/command_uses.ts";
import type { DecoyAlarm } from "./decoys.ts";
import { onceOf, spendOnce } from "../approvals/once_approvals.ts";
import { chooseDelivered, decoysNamed, type Delivered, holdsToken, moreGranted } from "./project_delivery.ts";
import {
  openAll,
  permitRelease,
  type ReleaseDeps,
  releaseEntry,
  type ReleaseView,
  type TokenHolder,
  viewRelease,
} from "./project_release.ts";

const NOTHING: RunRelease = {
  values: {},
  withheld: [],
  more_granted: [],
  command_sha256: null,
  search_path: null,
  environment: [],
  redact: true,
};

/** What a run gets, before anything is opened. */
interface RunChoice extends Delivered {
  readonly view: ReleaseView;
  /** The approvals that bound values of this run rest on. */
  readonly used: readonly CommandGrant[];
}

export class ProjectRunService {
  readonly #deps: ReleaseDeps;
  readonly #signingKeys: SigningKeys;
  readonly #decoys: DecoyAlarm;

  constructor(deps: ReleaseDeps & { readonly signingKeys: SigningKeys }, decoys: DecoyAlarm) {
    this.#deps = deps;
    this.#signingKeys = deps.signingKeys;
    this.#decoys = decoys;
  }

  /** @throws VaultError `command.facts_needed`, `command.not_covered`, `run.unredacted_refused`, `token.invalid` for a decoy */
  async release(caller: ProjectCaller, request: RunReleaseRequest): Promise<RunReleaseResponse> {
    const answer = JSON.stringify(
      holdsToken(caller) ? await this.#answer(caller, request) : await this.#nothing(caller, request),
    );
    const { kid, key } = this.#signingKeys.current;
    const signature = signRunAnswer(key, request.nonce, answer);
    return { answer, server_proof: { kid, x: toBase64Url(publicKeyOf(key)), signature } };
  }

  async #nothing(caller: ProjectCaller, { names }: RunReleaseRequest): Promise<RunRelease> {
    await this.#decoys.checkNames(caller, names ?? []);
    return NOTHING;
  }

  async #answer(caller: TokenHolder, request: RunReleaseRequest): Promise<RunRelease> {
    const choice = await this.#choose(caller, request);
    const { view, used } = choice;
    const now = this.#deps.clock.now();
    const more_granted = moreGranted(view, now);
    const withheld = [...choice.withheld, ...keptBack({ ...view, names: namesBeside(view, request) }, now)];
    if (request.asks_again && bringsMore(choice, request, more_granted)) {
      return { ...NOTHING, withheld, more_granted };
    }
    const values = await this.#open(caller, request, choice);
    return {
      values,
      withheld,
      more_granted,
      command_sha256: used.length === 0 || request.command === null ? null : commandDigest(request.command),
      search_path: used[0]?.binding.search_path ?? null,
      environment: used[0]?.binding.environment ?? [],
      redact: !request.unredacted,
    };
  }

  async #choose(caller: TokenHolder, request: RunReleaseRequest): Promise<RunChoice> {
    const { names, command } = request;
    const view = await viewRelease(this.#deps, caller, command);
    const delivered = chooseDelivered(view, FOR_A_RUN, names === null ? null : new Set(names));
    await this.#checkDecoys(caller, view, names);
    if (request.unredacted && !allowsUnredacted(view.policies)) throw unredactedRefused();
    checkCovered(view, delivered, { names, command });
    return { ...delivered, view, used: usedGrants(view, delivered, command) };
  }

  /** A name that no grant gives a meaning may be that of a decoy which is granted to nobody. */
  async #checkDecoys(
    caller: TokenHolder,
    view: ReleaseView,
    names: RunReleaseRequest["names"],
  ): Promise<void> {
    await this.#decoys.check(caller, decoysNamed(view, names));
    const granted = new Set(view.grants.map(({ effectiveName }) => effectiveName));
    await this.#decoys.checkNames(
      caller,
      (names ?? []).filter((name) => !granted.has(name.toUpperCase())),
    );
  }

  async #open(
    caller: TokenHolder,
    { command, unredacted }: RunReleaseRequest,
    { view, used, values, grants, keys }: RunChoice,
  ): Promise<RunRelease["values"]> {
    const commandFacts = command === null || used.length === 0
      ? {}
      : { command_sha256: commandDigest(command), command_grants: used.map(({ id }) => id).join(" ") };
    const details = { ...commandFacts, ...(unredacted ? { unredacted } : {}) };
    const facts = { resourcePath: caller.projectName, keys, view, details };
    const entry = releaseEntry(caller, "get_secrets", facts);
    const { ledger, store, clock } = this.#deps;
    const permit = used.length === 0
      ? await permitRelease(this.#deps, caller, entry, grants)
      : await ledger.permitAfter(async (tx) => {
        await spendUses(tx, used, clock.now());
        await spendOnce(tx, await onceOf(tx.db, caller, withoutCommand(values), clock.now()));
        await tx.audit(entry);
      }, grants.map(({ secretId }) => secretId));
    if (used.length > 0) await checkStillHeld(store.reader, caller.token.id);
    const texts = await openAll(this.#deps, permit, caller, values);
    return Object.fromEntries(values.map(({ name, grant }) => [name, {
      value: texts.get(name) ?? "",
      ...(grant.encoding === "base64" ? { encoding: "base64" as const } : {}),
      delivery: grant.delivery === "file" ? "file" as const : "env" as const,
      ...(grant.readOnce === 1 ? { read_once: true } : {}),
    }]));
  }
}

/** Whether a new token would bring, or ask for, more of what the run wants: then this answer would be thrown away. */
function bringsMore({ values }: Delivered, { names }: RunReleaseRequest, more: readonly string[]): boolean {
  if (names === null) return more.length > 0;
  const released = new Set(values.map(({ name }) => name));
  return names.some((name) => !released.has(name) && more.includes(name.toUpperCase()));
}

/** What a run names and its token does not. */
function namesBeside({ released, withheld }: ReleaseView, { names }: RunReleaseRequest): readonly string[] {
  const known = new Set([...released, ...withheld].map(({ name }) => name));
  return (names ?? []).filter((name) => !known.has(name));
}

/** What rests on an approval of the project, not of the command. */
function withoutCommand(values: Delivered["values"]): readonly SealedGrant[] {
  return values.flatMap(({ byCommand, grant }) => byCommand ? [] : [grant]);
}

/**
 * The approvals that this command uses: for each key that rests on one, the one that was given first. A program has one
 * environment, so that all of them have to be for the same: a key is not for a command with the `PATH` of another approval.
 * @throws VaultError `command.not_covered`
 */
function usedGrants(
  { commandGrants }: ReleaseView,
  { values }: Delivered,
  command: CommandFacts | null,
): readonly CommandGrant[] {
  const keys = values.flatMap(({ byCommand, grant }) => byCommand ? [grant.keyPath] : []);
  const matching = grantsFor(commandGrants, command);
  for (const first of keys.length === 0 ? [] : matching) {
    const alike = matching.filter((grant) => surroundingsOf(grant) === surroundingsOf(first));
    const used = keys.flatMap((key) => alike.find(({ approvedKeys }) => approvedKeys.includes(key)) ?? []);
    if (used.length === keys.length) return [...new Set(used)];
  }
  if (keys.length === 0) return [];
  throw new VaultError(
    "command.not_covered",
    "The keys of this command were approved with different environments; ask for all of them at once with cortex run --request",
    { details: { differs: ["environment"] } },
  );
}

function surroundingsOf({ binding: { search_path, environment } }: CommandGrant): string {
  return JSON.stringify([search_path, environment]);
}

/**
 * A run that names a bound value and is not the approved command is refused as a whole: a program that starts without what
 * it asked for fails in a way that nobody understands. A run that names nothing goes on without, unless nothing is left.
 * @throws VaultError
 */
function checkCovered(
  { commandGrants, grants, scope }: ReleaseView,
  { values, withheld }: Delivered,
  { names, command }: Pick<RunReleaseRequest, "names" | "command">,
): void {
  const bound = withheld.filter(({ reason }) => reason === "command_bound").map(({ name }) => name);
  if (bound.length === 0) return;
  if (command === null) throw factsNeeded();
  if (names === null && values.length > 0) return;
  const keys = grants.filter(({ keyPath }) => scope.includes(keyPath)).map(({ keyPath }) => keyPath);
  const near = nearestMiss(commandGrants, command, keys);
  throw notCovered(bound, near?.parts ?? []);
}

function unredactedRefused(): VaultError {
  return new VaultError(
    "run.unredacted_refused",
    "No policy of this agent allows output that is not redacted; run it without --no-redact, or ask an admin for such a policy",
  );
}

function factsNeeded(): VaultError {
  return new VaultError(
    "command.facts_needed",
    "Values of this project are for approved commands only; send what the command is",
  );
}

const PART_WORDS: Readonly<Record<CommandPart, string>> = {
  program: "another program or script",
  program_changed: "the program or script has changed since",
  arguments: "other arguments",
  directory: "another directory",
  repository: "another repository",
  commit: "another commit",
};

function notCovered(names: readonly string[], parts: readonly CommandPart[]): VaultError {
  const why = parts.length === 0 ? "" : ` (${parts.map((part) => PART_WORDS[part]).join(", ")})`;
  return new VaultError(
    "command.not_covered",
    `No approval covers this command${why}; run it as it was approved, or ask for it with cortex run --request`,
    { details: { names, differs: parts } },
  );
}
