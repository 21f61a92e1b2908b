# What command lines for containers and clouds print of a configuration.
python3 -c 'import json, os; print(json.dumps([{"Config": {"Env": [f"{n}={v}" for n, v in os.environ.items()]}}], indent=4))'
awk 'BEGIN { for (name in ENVIRON) print name ": \"" ENVIRON[name] "\"" }'
perl -e 'print map { "$_ => $ENV{$_}\n" } sort keys %ENV'
