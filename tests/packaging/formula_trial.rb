# What Homebrew does with a formula, as far as ours asks for it: `formula_trial.rb FORMULA OS ARCH` prints what would be
# downloaded, its sum, and what the service runs; with UNPACKED PREFIX after them it installs from an unpacked archive and
# runs the formula's own test.
require "fileutils"
require "open3"
require "pathname"
require "tmpdir"

FILE, OS_NAME, ARCH, UNPACKED, PREFIX = ARGV

# A directory that things are installed into.
class Place < Pathname
  def install(*things)
    mkpath
    things.flatten.flat_map { |thing| thing.is_a?(Hash) ? thing.to_a : [[thing, File.basename(thing)]] }
          .each { |from, name| FileUtils.mv(from, self + name) }
  end

  def /(other)
    Place.new(File.join(self, other))
  end
end

# Keeps what a service block says.
class Service
  attr_reader :command

  def run(command)
    @command = command
  end

  def opt_bin
    Place.new("/opt/bin")
  end

  def var
    Place.new("/var")
  end

  def respond_to_missing?(*)
    true
  end

  def method_missing(*); end
end

class Formula
  PLACES = {
    bin: "bin",
    man1: "share/man/man1",
    doc: "share/doc/cortex-auth",
    pkgshare: "share/cortex-auth",
    bash_completion: "etc/bash_completion.d",
    zsh_completion: "share/zsh/site-functions",
    fish_completion: "share/fish/vendor_completions.d",
  }.each do |name, path|
    define_method(name) { Place.new(PREFIX) / path }
  end

  class << self
    attr_reader :facts, :test_block, :service_block

    %i[desc homepage version license url sha256].each do |name|
      define_method(name) do |value = nil|
        @facts ||= {}
        value.nil? ? @facts.fetch(name) : @facts[name] = value
      end
    end

    { on_macos: OS_NAME == "macos", on_linux: OS_NAME == "linux", on_arm: ARCH == "arm", on_intel: ARCH == "intel" }
      .each { |name, here| define_method(name) { |&block| block.call if here } }

    def test(&block)
      @test_block = block
    end

    def service(&block)
      @service_block = block
    end
  end

  def version
    self.class.version
  end

  def testpath
    @testpath ||= Dir.mktmpdir("cx-")
  end

  def assert_match(wanted, said)
    said.include?(wanted) || raise("#{wanted.inspect} is not in #{said.inspect}")
  end

  def shell_output(command, code = 0)
    said, status = Open3.capture2(command)
    status.exitstatus == code ? said : raise("#{command} ended with #{status.exitstatus}")
  end
end

load FILE
puts CortexAuth.facts.values_at(:url, :sha256)
service = Service.new
service.instance_eval(&CortexAuth.service_block)
puts service.command.join(" ")
exit if UNPACKED.nil?

trial = CortexAuth.new
Dir.chdir(UNPACKED) { trial.install }
begin
  trial.instance_eval(&CortexAuth.test_block)
ensure
  FileUtils.rm_rf(trial.testpath)
end
puts "the formula's own test passes"
