/**
 * What the names of things may look like. One parser per kind; whoever holds the branded type holds a name that
 * passed. Nothing here quotes the refused input: a name typed in the wrong field may be a secret.
 */

import { VaultError } from "./errors.ts";

declare const brand: unique symbol;
type Branded<Kind extends string> = string & { readonly [brand]: Kind };

export type AgentId = Branded<"AgentId">;
export type KeyPath = Branded<"KeyPath">;
export type ProjectName = Branded<"ProjectName">;
export type NamespaceName = Branded<"NamespaceName">;
export type EnvName = Branded<"EnvName">;

interface Rule {
  readonly matches: (text: string) => boolean;
  readonly wanted: string;
}

const KEY_PATH_SEGMENT = /^[A-Za-z0-9_.-]+$/;

/** Dots would split the attestation header, which embeds the agent id; slashes and colons would leave its file name. */
const AGENT_ID: Rule = {
  matches: (text) => /^[A-Za-z0-9_-]{1,64}$/.test(text),
  wanted: "An agent id has 1 to 64 letters, digits, '_' or '-'",
};

const KEY_PATH: Rule = {
  matches: (text) =>
    text.length <= 255 &&
    text.split("/").every((part) => KEY_PATH_SEGMENT.test(part) && part !== "." && part !== ".."),
  wanted:
    "A key path has 1 to 255 characters: segments of letters, digits, '_', '-' or '.', joined by '/', none of them '.' or '..'",
};

const PROJECT_NAME: Rule = {
  matches: (text) =>
    /^[^\p{C}/]{1,128}$/u.test(text) && text === text.trim() && text !== "." && text !== "..",
  wanted: "A project name has 1 to 128 characters, no control characters, no '/', no space at either end",
};

const NAMESPACE: Rule = {
  matches: (text) => /^[a-z0-9][a-z0-9_-]{0,62}$/.test(text),
  wanted: "A namespace has 1 to 63 lowercase letters, digits, '_' or '-', and starts with a letter or digit",
};

const ENV_NAME: Rule = {
  matches: (text) => /^[A-Za-z_][A-Za-z0-9_]{0,254}$/.test(text),
  wanted: "An environment name has letters, digits and '_', and does not start with a digit",
};

/** `field` is the field of a request that the text came in, where there is one: forms say beside it what is wrong. */
function parse<Name extends string>(rule: Rule, text: string, field: string | undefined): Name {
  if (rule.matches(text)) return text as Name;
  throw new VaultError("request.invalid", rule.wanted, field === undefined ? {} : { details: { field } });
}

/** @throws VaultError `request.invalid` */
export function parseAgentId(text: string, field?: string): AgentId {
  return parse(AGENT_ID, text, field);
}

/** @throws VaultError `request.invalid` */
export function parseKeyPath(text: string, field?: string): KeyPath {
  return parse(KEY_PATH, text, field);
}

/** @throws VaultError `request.invalid` */
export function parseProjectName(text: string, field?: string): ProjectName {
  return parse(PROJECT_NAME, text, field);
}

/** @throws VaultError `request.invalid` */
export function parseNamespaceName(text: string, field?: string): NamespaceName {
  return parse(NAMESPACE, text, field);
}

/** @throws VaultError `request.invalid` */
export function parseEnvName(text: string, field?: string): EnvName {
  return parse(ENV_NAME, text, field);
}

/** Whether a text could be set as an environment variable everywhere. */
export function isEnvName(text: string): text is EnvName {
  return ENV_NAME.matches(text);
}

/**
 * The environment name that a key path stands for when a grant names none: the last segment, upper case
 * (`prod/openai_api_key` is `OPENAI_API_KEY`). Section 7.1 of the wire contract; not always an {@linkcode EnvName}.
 */
export function defaultEnvName(keyPath: string): string {
  return keyPath.slice(keyPath.lastIndexOf("/") + 1).toUpperCase();
}
