"""What a user of Python sees. Linux: /dev/full takes nothing, and says so when it is written to."""

import errno
import gc
import os
import subprocess
import sys
import tempfile
import threading
import unittest

from journal import Journal


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "journal")
        self.unraisable = []
        self.addCleanup(setattr, sys, "unraisablehook", sys.unraisablehook)
        sys.unraisablehook = lambda report: self.unraisable.append(report.exc_value)

    def content(self):
        with open(self.path) as file:
            return file.read()

    def full(self):
        """A journal whose close fails."""
        journal = Journal("/dev/full")
        journal.append("no room for this")
        return journal

    def pipe(self):
        """A journal whose `flush` waits for the reader that is returned with it."""
        os.mkfifo(self.path)
        reader = os.fdopen(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0)
        self.addCleanup(reader.close)  # or a test that failed waits
        journal = Journal(self.path)
        os.set_blocking(reader.fileno(), True)
        journal.append("x" * 99_999)  # more than a pipe holds
        return journal, reader

    def child(self, code, *arguments, code_at_exit=0):
        child = subprocess.run(
            [sys.executable, "-c", "from journal import Journal\n" + code, *arguments],
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
        self.assertEqual(child.returncode, code_at_exit, child.stderr)
        return child.stderr


class Close(Case):
    def test_the_block_releases(self):
        with Journal(self.path) as journal:
            journal.append("one")
            self.assertEqual(self.content(), "")
        self.assertEqual(self.content(), "one\n")
        self.assertTrue(journal.closed)

    def test_a_failing_close_is_an_os_error_with_its_number(self):
        with self.assertRaises(OSError) as raised:
            self.full().close()
        self.assertEqual(raised.exception.errno, errno.ENOSPC)
        self.assertIn("failed to dispose `Journal`: file: ", str(raised.exception))

    def test_a_failing_open_too(self):
        self.assertRaises(FileNotFoundError, Journal, os.path.join(self.path, "missing"))

    def test_a_second_close_does_nothing(self):
        journal = self.full()
        self.assertRaises(OSError, journal.close)
        journal.close()

    def test_a_closed_journal_cannot_be_used(self):
        journal = Journal(self.path)
        journal.close()
        with self.assertRaisesRegex(ValueError, "`Journal` has been disposed"):
            journal.append("two")
        with self.assertRaises(ValueError):
            with journal:
                self.fail("entered")

    def test_an_error_of_the_body_is_kept_beside_that_of_the_close(self):
        with self.assertRaises(OSError) as raised:
            with self.full():
                raise KeyError("body")
        self.assertEqual(raised.exception.errno, errno.ENOSPC)
        self.assertIsInstance(raised.exception.__context__, KeyError)

    def test_a_panic_is_an_exception(self):
        with Journal(self.path) as journal:
            with self.assertRaises(BaseException) as raised:
                journal.append("two\nlines")
            self.assertEqual(type(raised.exception).__name__, "PanicException")
            journal.append("one")
        self.assertEqual(self.content(), "one\n")


class Threads(Case):
    def test_a_close_while_another_thread_is_in_a_call_is_deferred(self):
        journal, reader = self.pipe()
        thread = threading.Thread(target=journal.flush)
        thread.start()
        reader.read(1)  # so the thread is in the call, and waits
        journal.close()
        self.assertTrue(journal.closed)
        self.assertRaises(ValueError, journal.append, "more")
        # The rest arrives, and then the end of the file, as the call closes it.
        self.assertEqual(sum(map(len, iter(lambda: reader.read(4096), b""))), 99_999)
        thread.join()
        reader.close()
        self.assertEqual(self.unraisable, [])

    def test_a_failure_of_a_deferred_close_is_reported(self):
        journal, reader = self.pipe()
        errors = []

        def flush():
            try:
                journal.flush()
            except OSError as error:
                errors.append(error.errno)

        thread = threading.Thread(target=flush)
        thread.start()
        reader.read(1)
        journal.close()
        reader.close()
        thread.join()
        self.assertEqual(errors, [errno.EPIPE])
        self.assertEqual([error.errno for error in self.unraisable], [errno.EPIPE])


class Collector(Case):
    def test_a_forgotten_journal_is_released(self):
        journal = Journal(self.path)
        journal.append("one")
        del journal
        self.assertEqual(self.content(), "one\n")

    def test_a_failure_is_reported(self):
        journal = self.full()
        del journal
        self.assertEqual([error.errno for error in self.unraisable], [errno.ENOSPC])

    def test_a_failure_in_a_cycle_is_reported(self):
        cycle = [self.full()]
        cycle.append(cycle)
        del cycle
        self.assertEqual(self.unraisable, [])
        gc.collect()
        self.assertEqual([error.errno for error in self.unraisable], [errno.ENOSPC])

    def test_a_release_that_waits_lets_other_threads_run(self):
        journal, reader = self.pipe()
        read = []
        thread = threading.Thread(target=lambda: read.extend(iter(lambda: reader.read(4096), b"")))
        thread.start()
        del journal
        thread.join()
        reader.close()
        self.assertEqual(sum(map(len, read)), 100_000)

    def test_a_report_keeps_the_exception_that_is_on_its_way(self):
        with self.assertRaises(ZeroDivisionError):
            print(self.full(), 1 / 0)
        self.assertEqual([error.errno for error in self.unraisable], [errno.ENOSPC])

    def test_a_report_keeps_the_panic_that_is_on_its_way(self):
        journal = Journal(self.path)
        with self.assertRaises(BaseException) as raised:
            print(self.full(), journal.append("two\nlines"))
        self.assertEqual(type(raised.exception).__name__, "PanicException")
        self.assertEqual([error.errno for error in self.unraisable], [errno.ENOSPC])


class Exit(Case):
    def test_what_a_module_holds_is_released(self):
        code = "import sys; journal = Journal(sys.argv[1]); journal.append('one')"
        self.assertEqual(self.child(code, self.path), "")
        self.assertEqual(self.content(), "one\n")

    def test_a_failure_is_reported(self):
        stderr = self.child("journal = Journal('/dev/full'); journal.append('one')")
        self.assertIn("OSError: [Errno 28] failed to dispose `Journal`", stderr)

    def test_after_an_exception_what_is_held_is_released(self):
        code = "import sys; journal = Journal(sys.argv[1]); journal.append('one'); raise SystemExit(3)"
        self.assertEqual(self.child(code, self.path, code_at_exit=3), "")
        self.assertEqual(self.content(), "one\n")

    def test_a_call_of_a_daemon_thread_is_left_where_it_is(self):
        os.mkfifo(self.path)
        code = """
import os, sys, threading
reader = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
journal = Journal(sys.argv[1])
journal.append("x" * 99_999)
threading.Thread(target=journal.flush, daemon=True).start()
os.set_blocking(reader, True)
os.read(reader, 1)  # so the thread is in the call, and waits
"""
        self.assertEqual(self.child(code, self.path), "")

    def test_an_exit_without_finalization_releases_nothing(self):
        code = "import os, sys; journal = Journal(sys.argv[1]); journal.append('one'); os._exit(0)"
        self.assertEqual(self.child(code, self.path), "")
        self.assertEqual(self.content(), "")


if __name__ == "__main__":
    unittest.main()
