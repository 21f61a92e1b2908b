"""Proves to a reader of the terminal that it holds the keys, without showing one of them."""

import hashlib
import json
import os
import pathlib
import sys

expected = json.loads(pathlib.Path(__file__).with_name("expected.json").read_text())
wrong = 0
for name, digest in expected.items():
    value = os.environ.get(name)
    found = hashlib.sha256(value.encode()).hexdigest() if value is not None else "not set"
    wrong += found != digest
    print(f"{name:<20} sha256 {found[:16]}  {'is what was stored' if found == digest else 'DIFFERS'}")
sys.exit(1 if wrong else 0)
