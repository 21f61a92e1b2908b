/** What a benchmark reports: one figure, its target, whether it was met. */

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The figure that the design asks for; absent for figures that only inform. */
  readonly target?: { readonly relation: "at least" | "under"; readonly value: number };
  readonly note?: string;
}

export function figure(
  name: string,
  value: number,
  unit: string,
  extra: Pick<Figure, "target" | "note"> = {},
): Figure {
  return { name, value: Number(value.toPrecision(4)), unit, ...extra };
}

export const atLeast = (value: number) => ({ target: { relation: "at least" as const, value } });
export const under = (value: number) => ({ target: { relation: "under" as const, value } });

export function meets({ value, target }: Figure): boolean | undefined {
  if (target === undefined) return undefined;
  return target.relation === "under" ? value < target.value : value >= target.value;
}

/** A table for people. */
export function formatTable(figures: readonly Figure[]): string {
  const rows = figures.map((entry) => [
    entry.name,
    `${entry.value} ${entry.unit}`,
    entry.target === undefined ? "" : `${entry.target.relation} ${entry.target.value}`,
    { true: "met", false: "MISSED", undefined: "" }[String(meets(entry))] ?? "",
    entry.note ?? "",
  ]);
  const all = [["what", "measured", "target", "", ""], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd())
    .join("\n");
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
