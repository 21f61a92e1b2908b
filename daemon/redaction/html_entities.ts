/** Named character references (HTML, section 13.5): ASCII and Latin-1, which is what encoders name. */

const LATIN_1 =
  "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para " +
  "middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute " +
  "Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml " +
  "Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml " +
  "eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

const ASCII: Readonly<Record<string, string>> = {
  "\t": "Tab",
  "\n": "NewLine",
  "!": "excl",
  '"': "quot QUOT",
  "#": "num",
  "$": "dollar",
  "%": "percnt",
  "&": "amp AMP",
  "'": "apos",
  "(": "lpar",
  ")": "rpar",
  "*": "ast midast",
  "+": "plus",
  ",": "comma",
  ".": "period",
  "/": "sol",
  ":": "colon",
  ";": "semi",
  "<": "lt LT",
  "=": "equals",
  ">": "gt GT",
  "?": "quest",
  "@": "commat",
  "[": "lsqb lbrack",
  "\\": "bsol",
  "]": "rsqb rbrack",
  "^": "Hat",
  "_": "lowbar",
  "`": "grave",
  "{": "lcub lbrace",
  "|": "verbar vert",
  "}": "rcub rbrace",
};

/** Length of the longest name. */
export const MAX_ENTITY_NAME = 7;

const points = new Map<string, number>([
  ...LATIN_1.split(" ").map((name, at) => [name, 0xa0 + at] as const),
  ...Object.entries(ASCII).flatMap(([char, names]) =>
    names.split(" ").map((name) => [name, char.charCodeAt(0)] as const)
  ),
]);

/** The code point that a name stands for. */
export function entity(name: string): number | undefined {
  return points.get(name);
}
