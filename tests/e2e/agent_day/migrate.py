# A database migration that traces its statements and ends in a traceback with the address of the database.
import os
import sqlite3

database = sqlite3.connect(":memory:")
database.set_trace_callback(print)
database.execute("create table settings (name text, value text)")
for name in ("OPENAI_API_KEY", "DATABASE_URL", "APP_PASSWORD", "TLS_KEY"):
    value = os.environ[name].replace("'", "''")
    database.execute(f"insert into settings values ('{name}', '{value}')")
for row in database.execute("select name, value, hex(value) from settings"):
    print(row)
raise ConnectionError(f"could not connect to {os.environ['DATABASE_URL']}")
