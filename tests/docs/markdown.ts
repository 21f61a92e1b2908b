/**
 * The commands of a document: its fenced `sh` blocks, in order. A comment right before a block says what a reader sees
 * from the text around it:
 *
 * - `<!-- run: background -->` the command keeps running, as in a terminal of its own
 * - `<!-- run: exits with 120 -->` the last command is expected to fail so
 * - `<!-- run: not here: REASON -->` shown only; the reason is printed
 */

export interface Block {
  readonly document: string;
  /** Line of the document at which the commands begin, from 1. */
  readonly line: number;
  readonly commands: string;
  readonly mode: "foreground" | "background" | "shown";
  readonly exitCode: number;
  readonly reason?: string;
}

/** Reads the blocks of a document. Fences of other languages are not commands. */
export function readBlocks(document: string, text: string): Block[] {
  const pattern = /(?:^<!-- run: (.*?) -->\n+)?^```sh\n([^]*?)^```$/gm;
  return [...text.matchAll(pattern)].map((match) => {
    const [whole, directive = "", commands = ""] = match;
    const before = text.slice(0, match.index + whole.indexOf("```sh"));
    return { document, line: before.split("\n").length + 1, commands, ...readDirective(directive) };
  });
}

function readDirective(directive: string): Pick<Block, "mode" | "exitCode" | "reason"> {
  const reason = /^not here: (.+)$/.exec(directive)?.[1];
  if (reason !== undefined) return { mode: "shown", exitCode: 0, reason };
  const exitCode = /^exits with (\d+)$/.exec(directive)?.[1];
  if (exitCode !== undefined) return { mode: "foreground", exitCode: Number(exitCode) };
  if (directive === "background") return { mode: "background", exitCode: 0 };
  if (directive === "") return { mode: "foreground", exitCode: 0 };
  throw new Error(`No such directive: ${directive}`);
}
