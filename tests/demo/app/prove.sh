#!/bin/sh
# The same proof as prove.py, for machines without Python. expected.txt has one "NAME digest" a line.
wrong=0
while read -r name digest; do
  eval "value=\${$name-}"
  found=$(printf '%s' "$value" | { sha256sum 2>/dev/null || shasum -a 256; } | cut -d' ' -f1)
  if [ "$found" = "$digest" ]; then verdict="is what was stored"; else verdict="DIFFERS"; wrong=1; fi
  printf '%-20s sha256 %.16s  %s\n' "$name" "$found" "$verdict"
done <"$(dirname "$0")/expected.txt"
exit "$wrong"
