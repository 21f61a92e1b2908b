/** The button of a passkey; a script shows it where the browser has them, and says beside it what went wrong. */

import type { Translate } from "./words/words.ts";

interface PasskeyProps {
  readonly t: Translate;
  readonly kind: "get" | "add";
  /** Of the API; the options are below it. */
  readonly path: string;
  /** Where it goes on. */
  readonly next: string;
  readonly label: string;
  readonly csrf?: string;
  readonly ticket?: string;
  /** Id of the field with the name of a new passkey. */
  readonly nameFrom?: string;
}

export function PasskeyButton({ t, kind, path, next, label, csrf, ticket, nameFrom }: PasskeyProps) {
  return (
    <div class="stack" hidden>
      <button
        type="button"
        data-passkey={kind}
        data-path={path}
        data-next={next}
        data-csrf={csrf}
        data-ticket={ticket}
        data-name-from={nameFrom}
        data-failed={t("passkey.failed")}
      >
        {label}
      </button>
      <div id="passkey-problem" class="note bad" role="alert" hidden></div>
    </div>
  );
}
