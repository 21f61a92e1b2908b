# What a shell shows where somebody looks for a mistake.
set -x
env | sort
export -p
set | grep -a KEY
printf '%s' "$OPENAI_API_KEY" | base64
printf '%s' "$DATABASE_URL" | od -An -v -tx1 -w200
printf '%s' "$TLS_KEY" | base64 -w 64
printf 'password=%s\n' "${DATABASE_URL#*app:}"
ls "/nowhere/$APP_PASSWORD" "/nowhere/$GITHUB_TOKEN"
curl -s "http://127.0.0.1:1/$OPENAI_API_KEY"
false "$SERVICE_ACCOUNT"
