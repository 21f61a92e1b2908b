/**
 * `deno run -A packaging/homebrew/formula.ts SHA256SUMS > cortex-auth.rb`: the Homebrew formula of a release, made from
 * its sums. Linux and both kinds of Mac; a release that lacks one has no formula.
 */

import { VERSION } from "../../shared/version.ts";
import { archiveName, type Target, TARGETS } from "../targets.ts";

const RELEASES = "https://github.com/cortex-auth/cortex-auth/releases/download";

/** Sums by file name, from the lines of `sha256sum`. @throws Error for a line that is none */
export function parseSums(text: string): ReadonlyMap<string, string> {
  const lines = text.split("\n").filter((line) => line !== "");
  return new Map(lines.map((line) => {
    const [, sum = "", name = ""] = /^([0-9a-f]{64}) [ *]([\w.+-]+)$/.exec(line) ?? [];
    if (name === "") throw new Error("a line of the sums is none of sha256sum's");
    return [name, sum];
  }));
}

/** The formula's text. @throws Error where a target has no sum */
export function formula(sums: ReadonlyMap<string, string>, version = VERSION): string {
  const source = (target: Target, indent: string) => {
    const file = `${archiveName(target, version)}.tar.gz`;
    const sum = sums.get(file);
    if (sum === undefined) throw new Error(`the release has no sum for ${file}`);
    return `${indent}url "${RELEASES}/v${version}/${file}"\n${indent}sha256 "${sum}"`;
  };
  const [armMac, intelMac, intelLinux, armLinux] = TARGETS.map((target) => source(target, "      "));
  return `class CortexAuth < Formula
  desc "Secrets vault for AI agents: programs get the keys, agents never see them"
  homepage "https://github.com/cortex-auth/cortex-auth"
  version "${version}"
  license "MIT"

  on_macos do
    on_arm do
${armMac}
    end
    on_intel do
${intelMac}
    end
  end

  on_linux do
    on_intel do
${intelLinux}
    end
    on_arm do
${armLinux}
    end
  end

  def install
    bin.install "cortex-server", "cortex-daemon", "cortex", "cortex-cli"
    bash_completion.install "completions/cortex.bash" => "cortex"
    zsh_completion.install "completions/_cortex"
    fish_completion.install "completions/cortex.fish"
    man1.install Dir["man/*.1"]
    doc.install "README.md", "CHANGELOG.md"
  end

  service do
    run [opt_bin/"cortex-daemon", "--foreground"]
    keep_alive successful_exit: false
    log_path var/"log/cortex-daemon.log"
    error_log_path var/"log/cortex-daemon.log"
  end

  test do
    assert_match "cortex #{version}", shell_output("#{bin}/cortex --version")
    assert_match "122", shell_output("HOME=#{testpath} #{bin}/cortex status 2>&1; echo $?")
    system bin/"cortex-server", "--version"
  end
end
`;
}

if (import.meta.main) {
  const [file] = Deno.args;
  if (file === undefined) throw new Error("name the file SHA256SUMS of the release");
  console.log(formula(parseSums(await Deno.readTextFile(file))).trimEnd());
}
