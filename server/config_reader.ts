/** Where settings come from: flags beat the environment, which beats `.env`; and the list of what is wrong with them. */

import { type Setting, SETTING_NAMES, type SettingName, SETTINGS } from "./config_table.ts";

export interface ConfigSource {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly dotenv: Readonly<Record<string, string>>;
  /** Whether a text is an address or a network; the parser lives with the code that uses it. */
  readonly isNetwork: (text: string) => boolean;
}

/** What stood among the arguments. */
export interface Flags {
  readonly special: "help" | "version" | undefined;
  readonly values: ReadonlyMap<SettingName, string>;
  readonly mistakes: readonly string[];
}

const BY_FLAG = new Map(
  SETTING_NAMES.flatMap((name) => {
    const { flag } = SETTINGS[name];
    return flag === undefined ? [] : [[flag, name] as const];
  }),
);

const UNKNOWN_ARGUMENT = `There is an unknown argument; the flags are ${
  [...BY_FLAG.keys()].map((flag) => `--${flag}`).join(", ")
}, and --help says what they do`;

/** What the arguments say: settings, or a wish for help; mistakes never repeat a value. */
export function parseFlags(args: readonly string[]): Flags {
  const values = new Map<SettingName, string>();
  const mistakes: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (["--help", "-h", "help"].includes(arg)) return { special: "help", values, mistakes };
    if (["--version", "-V", "version"].includes(arg)) return { special: "version", values, mistakes };
    const [, flag = "", inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(arg) ?? [];
    const name = BY_FLAG.get(flag);
    const value = name === undefined
      ? undefined
      : inline ?? (SETTINGS[name].value === undefined ? "1" : rest.shift());
    if (name !== undefined && value !== undefined) values.set(name, value);
    else mistakes.push(name === undefined ? UNKNOWN_ARGUMENT : `--${flag} needs a value`);
  }
  return { special: undefined, values, mistakes: [...new Set(mistakes)] };
}

/** Takes settings out of their sources and notes what is wrong with them. */
export class Reader {
  readonly mistakes: string[];
  readonly #source: ConfigSource;
  readonly #flags: Flags;

  constructor(source: ConfigSource, flags: Flags) {
    this.#source = source;
    this.#flags = flags;
    this.mistakes = [...flags.mistakes];
  }

  /** The text as given, blank or not. */
  raw(name: SettingName): string | undefined {
    const { variable } = SETTINGS[name];
    return this.#flags.values.get(name) ?? this.#source.env[variable] ?? this.#source.dotenv[variable];
  }

  /** The trimmed text, or its fallback; a blank one counts as not set. */
  text(name: SettingName): string | undefined {
    const setting: Setting = SETTINGS[name];
    return this.raw(name)?.trim() || setting.fallback;
  }

  switch(name: SettingName): boolean {
    const text = (this.text(name) ?? "").toLowerCase();
    this.refuse(name, !/^(1|true|yes|on|0|false|no|off|)$/.test(text), "must be 1 or 0");
    return /^(1|true|yes|on)$/.test(text);
  }

  choice<Choice extends string>(name: SettingName, choices: readonly [Choice, ...Choice[]]): Choice {
    const text = this.text(name);
    const choice = choices.find((candidate) => candidate === text);
    this.refuse(name, choice === undefined, `must be one of ${choices.join(", ")}`);
    return choice ?? choices[0];
  }

  list(name: SettingName, isValid: (item: string) => boolean, wanted: string): string[] {
    const items = (this.text(name) ?? "").split(",").map((item) => item.trim()).filter((item) => item !== "");
    this.refuse(name, !items.every(isValid), `must be a list, by commas, of ${wanted}`);
    return items;
  }

  /** Notes a mistake where `isWrong`. */
  refuse(name: SettingName, isWrong: boolean, problem: string): void {
    if (isWrong) this.mistakes.push(`${SETTINGS[name].variable} ${problem}`);
  }
}
