// What a program of npm prints of its surroundings: inspected, as JSON in JSON, in an error with its stack.
const util = require("node:util");
const { OPENAI_API_KEY, APP_PASSWORD, SERVICE_ACCOUNT, TLS_KEY } = process.env;
console.log(util.inspect({ OPENAI_API_KEY, APP_PASSWORD, SERVICE_ACCOUNT, TLS_KEY }, { colors: true }));
console.log(JSON.stringify({ message: JSON.stringify({ APP_PASSWORD, SERVICE_ACCOUNT }) }, null, 2));
console.log(JSON.parse(SERVICE_ACCOUNT).private_key, encodeURIComponent(APP_PASSWORD));
console.log(Buffer.from(TLS_KEY), Buffer.from(OPENAI_API_KEY).toString("hex"));
throw new Error(`401 from https://api.example.com/?key=${encodeURIComponent(OPENAI_API_KEY)}`);
