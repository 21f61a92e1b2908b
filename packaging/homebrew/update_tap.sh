#!/bin/sh
# Puts the formula of a release into the tap: update_tap.sh SHA256SUMS. TAP_REPOSITORY names another tap, for tests a
# local one; TAP_TOKEN is what may push to it.
set -eu

sums=$1
tap=${TAP_REPOSITORY:-https://github.com/cortex-auth/homebrew-tap.git}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The token goes to git by its own way for passwords: in no argument, which others could read.
if [ -n "${TAP_TOKEN:-}" ]; then
  cat >"$work/askpass" <<'ASKPASS'
#!/bin/sh
printf '%s\n' "$TAP_TOKEN"
ASKPASS
  chmod 0700 "$work/askpass"
  GIT_ASKPASS=$work/askpass
  export GIT_ASKPASS TAP_TOKEN
  tap=$(printf '%s' "$tap" | sed 's#^https://#https://x-access-token@#')
fi

git clone --quiet --depth 1 "$tap" "$work/tap"
mkdir -p "$work/tap/Formula"
npx --yes deno@2.9.6 run -A packaging/homebrew/formula.ts "$sums" >"$work/cortex-auth.rb"
mv "$work/cortex-auth.rb" "$work/tap/Formula/cortex-auth.rb"
cd "$work/tap"
git add Formula/cortex-auth.rb
if git diff --cached --quiet; then
  echo 'The tap has this formula already'
  exit 0
fi
version=$(sed -n 's/^  version "\(.*\)"$/\1/p' Formula/cortex-auth.rb)
git -c user.name='CortexAuth release' -c user.email='release@cortex-auth.invalid' \
  commit --quiet --message "cortex-auth $version"
git push --quiet
echo "The tap has cortex-auth $version"
