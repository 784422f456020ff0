# What a user of Ruby sees. Linux: /dev/full takes nothing, and says so when it is written to.

require "fileutils"
require "io/wait"
require "journal"
require "minitest/autorun"
require "open3"
require "tmpdir"

class TestJournal < Minitest::Test
  FAILURE = /failed to dispose `Journal`: file: /

  def setup
    @folder = Dir.mktmpdir
    @path = File.join(@folder, "journal")
  end

  def teardown
    @reader&.close # or a test that failed waits
    FileUtils.remove_entry(@folder)
  end

  def content
    File.read(@path)
  end

  # A journal whose close fails.
  def full
    journal = Journal.open("/dev/full")
    journal.append("no room for this")
    journal
  end

  # A journal whose +flush+ waits for @reader.
  def pipe
    File.mkfifo(@path)
    @reader = File.open(@path, File::RDONLY | File::NONBLOCK)
    journal = Journal.open(@path)
    journal.append("x" * 99_999) # more than a pipe holds
    journal
  end

  # Runs +code+ in an interpreter of its own, and returns what it wrote to standard error.
  def child(code, success: true, path: @path)
    options = ["-I", File.join(__dir__, "../lib"), "-r", "io/wait", "-r", "journal"]
    output, status = Open3.capture2e(RbConfig.ruby, *options, "-e", code, path)
    assert_equal success, status.success?, output
    output
  end

  def test_the_block_releases
    Journal.open(@path) do |journal|
      journal.append("one")
      assert_equal "", content
    end
    assert_equal "one\n", content
  end

  def test_a_failing_close_is_an_error_with_its_number
    error = assert_raises(Errno::ENOSPC) { full.close }
    assert_equal 28, error.errno
    assert_match FAILURE, error.message
  end

  def test_a_failing_open_too
    assert_raises(Errno::ENOENT) { Journal.open(File.join(@path, "missing")) }
  end

  def test_a_second_close_does_nothing
    journal = full
    assert_raises(Errno::ENOSPC) { journal.close }
    journal.close
    assert_predicate journal, :closed?
  end

  def test_a_closed_journal_cannot_be_used
    journal = Journal.open(@path)
    journal.close
    error = assert_raises(IOError) { journal.append("two") }
    assert_match "`Journal` has been disposed", error.message
  end

  def test_an_error_of_the_block_is_kept_beside_that_of_the_close
    body = RuntimeError.new("body")
    error = assert_raises(Errno::ENOSPC) do
      Journal.open("/dev/full") do |journal|
        journal.append("no room for this")
        raise body
      end
    end
    assert_same body, error.cause
  end

  # Ruby lets nothing rescue a +fatal+; what is held is released on the way out.
  def test_a_panic_is_fatal
    output = child(<<~'RUBY', success: false)
      begin
        journal = Journal.open(ARGV[0])
        journal.append("one")
        journal.append("two\nlines")
      rescue Exception
        puts "rescued"
      end
    RUBY
    assert_match "a record is one line (fatal)", output
    refute_match "rescued", output
    assert_equal "one\n", content
  end

  def test_a_close_while_another_thread_is_in_a_call_is_deferred
    journal = pipe
    thread = Thread.new { journal.flush }
    @reader.wait_readable # so the other thread is in the call
    journal.close
    assert_raises(IOError) { journal.append("more") }
    # All of it arrives, and then the end of the file, as the call closes it.
    assert_equal 100_000, @reader.read.size
    thread.join
  end

  def test_a_failure_of_a_deferred_close_is_reported
    output = child(<<~RUBY)
      File.mkfifo(ARGV[0])
      reader = File.open(ARGV[0], File::RDONLY | File::NONBLOCK)
      journal = Journal.open(ARGV[0])
      journal.append("x" * 99_999)
      thread = Thread.new { journal.flush rescue puts $!.class }
      reader.wait_readable
      journal.close
      reader.close
      thread.join
    RUBY
    assert_match(/#{FAILURE}Broken pipe/, output)
    assert_match "Errno::EPIPE", output
  end

  # The stack is searched for what looks like a reference, so some of many are found to be garbage.
  COLLECT = "20.times { Journal.open(ARGV[0]).append('one') }; GC.start; "

  def test_a_forgotten_journal_is_released
    output = child(COLLECT + "print File.read(ARGV[0])")
    assert_match(/\A(one\n)+\z/, output)
  end

  def test_a_failure_in_the_collector_is_reported
    output = child(COLLECT + "warn 'goes on'", path: "/dev/full")
    assert_match(/\A#{FAILURE}No space left on device.*^goes on$/m, output)
  end

  HOLD = "$held = Journal.open(ARGV[0]); $held.append('one'); "

  def test_at_exit_what_is_held_is_released
    ["", "exit", "Thread.new { sleep }"].each do |code|
      assert_equal "", child(HOLD + code)
      assert_equal "one\n", content
      File.delete(@path)
    end
    child(HOLD + "raise 'uncaught'", success: false)
    assert_equal "one\n", content
  end

  def test_at_exit_a_failure_is_reported
    assert_match FAILURE, child(HOLD, path: "/dev/full")
  end

  def test_an_exit_without_handlers_releases_nothing
    assert_equal "", child(HOLD + "exit!(true)")
    assert_equal "", content
  end

  def test_the_exit_waits_for_a_call_of_another_thread
    File.mkfifo(@path)
    @reader = File.open(@path, File::RDONLY | File::NONBLOCK)
    child = Thread.new do
      child(<<~RUBY)
        journal = Journal.open(ARGV[0])
        journal.append("x" * 99_999)
        Thread.new { journal.flush }
        sleep 0.1
      RUBY
    end
    @reader.wait_readable
    refute child.join(0.5), "goes on while its call waits"
    assert_equal 100_000, @reader.read.size
    assert_equal "", child.value
  end
end
