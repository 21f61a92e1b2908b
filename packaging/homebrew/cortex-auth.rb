# The formula as a release fills it in: `deno run -A packaging/homebrew/formula.ts SHA256SUMS` puts version and sums in the
# place of the words between @. A release that lacks one of the platforms has no formula.
class CortexAuth < Formula
  desc "Secrets vault for AI agents: programs get the keys, agents never see them"
  homepage "https://github.com/cortex-auth/cortex-auth"
  version "@version@"
  license "MIT"

  on_macos do
    on_arm do
      url "https://github.com/cortex-auth/cortex-auth/releases/download/v@version@/cortex-auth-v@version@-aarch64-apple-darwin.tar.gz"
      sha256 "@aarch64-apple-darwin@"
    end
    on_intel do
      url "https://github.com/cortex-auth/cortex-auth/releases/download/v@version@/cortex-auth-v@version@-x86_64-apple-darwin.tar.gz"
      sha256 "@x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_intel do
      url "https://github.com/cortex-auth/cortex-auth/releases/download/v@version@/cortex-auth-v@version@-x86_64-unknown-linux-gnu.tar.gz"
      sha256 "@x86_64-unknown-linux-gnu@"
    end
    on_arm do
      url "https://github.com/cortex-auth/cortex-auth/releases/download/v@version@/cortex-auth-v@version@-aarch64-unknown-linux-gnu.tar.gz"
      sha256 "@aarch64-unknown-linux-gnu@"
    end
  end

  def install
    bin.install "cortex-server", "cortex-daemon", "cortex", "cortex-cli"
    bash_completion.install "completions/cortex.bash" => "cortex"
    zsh_completion.install "completions/_cortex"
    fish_completion.install "completions/cortex.fish"
    man1.install Dir["man/*.1"]
    doc.install "README.md", "CHANGELOG.md", "SECURITY.md"
    pkgshare.install "units"
  end

  service do
    run [opt_bin/"cortex-daemon", "--foreground"]
    keep_alive successful_exit: false
    log_path var/"log/cortex-daemon.log"
    error_log_path var/"log/cortex-daemon.log"
  end

  test do
    ["cortex-server", "cortex-daemon", "cortex"].each do |program|
      assert_match "#{program} #{version} (", shell_output("#{bin}/#{program} --version")
    end
    # Nobody is logged in here, and it says what to do about it.
    ENV["HOME"] = testpath
    assert_match "cortex daemon login", shell_output("#{bin}/cortex status", 122)
  end
end
