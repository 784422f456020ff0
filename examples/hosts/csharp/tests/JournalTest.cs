// What a user of C# sees. Linux: /dev/full takes nothing, and says so when it is written to.
using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

[TestFixture]
public class JournalTest
{
    const int ENOENT = 2, ENOSPC = 28, EPIPE = 32;
    string path;

    [SetUp]
    public void SetUp()
    {
        path = Path.Combine(Path.GetTempPath(), "journal-" + Guid.NewGuid());
    }

    [TearDown]
    public void TearDown()
    {
        File.Delete(path);
    }

    /// <summary>A journal whose close fails.</summary>
    static Journal Full()
    {
        var journal = new Journal("/dev/full");
        journal.Append("no room for this");
        return journal;
    }

    /// <summary>A journal whose Flush waits for the reader.</summary>
    Journal Pipe(out FileStream reader)
    {
        Run("mkfifo", path);
        var opened = Task.Run(() => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1));
        var journal = new Journal(path); // when the reader opens it too
        reader = opened.Result;
        journal.Append(new string('x', 99999)); // more than a pipe holds
        return journal;
    }

    static long ReadToEnd(Stream reader)
    {
        var all = new MemoryStream();
        reader.CopyTo(all);
        return all.Length;
    }

    static Process Start(string program, string arguments)
    {
        return Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardError = true,
        });
    }

    /// <summary>Runs a program, and returns what it wrote to standard error.</summary>
    static string Run(string program, string arguments, int code = 0)
    {
        using (var process = Start(program, arguments))
        {
            process.StandardInput.Close();
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.AreEqual(code, process.ExitCode, errors);
            return errors;
        }
    }

    [Test]
    public void TheBlockReleases()
    {
        using (var journal = new Journal(path))
        {
            journal.Append("one");
            Assert.AreEqual("", File.ReadAllText(path));
        }
        Assert.AreEqual("one\n", File.ReadAllText(path));
    }

    [Test]
    public void AFailingCloseIsAnExceptionWithItsNumber()
    {
        var failure = Assert.Throws<IOException>(() => Full().Dispose());
        Assert.AreEqual(ENOSPC, failure.HResult);
        StringAssert.StartsWith("failed to dispose `Journal`: file: ", failure.Message);
    }

    [Test]
    public void AFailingOpenToo()
    {
        var failure = Assert.Throws<IOException>(() => new Journal(path + "/missing"));
        Assert.AreEqual(ENOENT, failure.HResult);
    }

    [Test]
    public void APathWithANulOpensNothing()
    {
        Assert.Throws<ArgumentException>(() => new Journal(path + "\0.txt"));
        Assert.IsFalse(File.Exists(path));
    }

    [Test]
    public void ASecondDisposeDoesNothing()
    {
        var journal = Full();
        Assert.Throws<IOException>(journal.Dispose);
        journal.Dispose();
    }

    [Test]
    public void ADisposedJournalCannotBeUsed()
    {
        var journal = new Journal(path);
        journal.Dispose();
        Assert.Throws<ObjectDisposedException>(() => journal.Append("two"));
    }

    [Test]
    public void AUsingStatementLosesTheExceptionOfItsBody()
    {
        var failure = Assert.Throws<IOException>(() =>
        {
            using (Full()) throw new InvalidOperationException("body");
        });
        Assert.AreEqual(ENOSPC, failure.HResult);
        Assert.IsNull(failure.InnerException);
    }

    [Test]
    public void UseKeepsTheExceptionOfTheBodyBesideThatOfTheClose()
    {
        var body = new InvalidOperationException("body");
        var both = Assert.Throws<AggregateException>(() => Journal.Use("/dev/full", journal =>
        {
            journal.Append("no room for this");
            throw body;
        }));
        Assert.AreSame(body, both.InnerExceptions[0]);
        Assert.AreEqual(ENOSPC, both.InnerExceptions[1].HResult);
    }

    [Test]
    public void UseThrowsTheOneExceptionThatThereIs()
    {
        var body = new InvalidOperationException("body");
        Assert.AreSame(body, Assert.Throws<InvalidOperationException>(
            () => Journal.Use(path, journal => { throw body; })));
        Assert.Throws<IOException>(() => Journal.Use("/dev/full", journal => journal.Append("one")));
    }

    [Test]
    public void APanicIsAnException()
    {
        using (var journal = new Journal(path))
        {
            Assert.Throws<IOException>(() => journal.Append("two\nlines"));
            journal.Append("one");
        }
        Assert.AreEqual("one\n", File.ReadAllText(path));
    }

    [Test]
    public void ADisposeWhileAnotherThreadIsInACallIsDeferred()
    {
        FileStream reader;
        var journal = Pipe(out reader);
        using (reader)
        {
            var flushed = Task.Run((Action)journal.Flush);
            reader.ReadByte(); // so the other thread is in the call
            journal.Dispose();
            Assert.Throws<ObjectDisposedException>(() => journal.Append("more"));
            // The rest arrives, and then the end of the file, as the call closes it.
            Assert.AreEqual(99999, ReadToEnd(reader));
            flushed.Wait();
        }
    }

    [Test]
    public void AFailureOfADeferredCloseIsReported()
    {
        FileStream reader;
        var journal = Pipe(out reader);
        var reported = new TaskCompletionSource<IOException>();
        Action<IOException> report = reported.SetResult;
        Journal.Failed += report;
        var flushed = Task.Run((Action)journal.Flush);
        reader.ReadByte();
        journal.Dispose();
        reader.Dispose();
        var failure = Assert.Throws<AggregateException>(flushed.Wait);
        Assert.AreEqual(EPIPE, failure.InnerException.HResult);
        Assert.AreEqual(EPIPE, reported.Task.Result.HResult);
        Journal.Failed -= report;
    }

    /// <summary>On a thread of its own, whose stack is gone when the collector looks.</summary>
    static void Forget(Func<Journal> open)
    {
        var thread = new Thread(() => open());
        thread.Start();
        thread.Join();
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    [Test]
    public void AForgottenJournalIsReleased()
    {
        Forget(() =>
        {
            var journal = new Journal(path);
            journal.Append("one");
            return journal;
        });
        Assert.AreEqual("one\n", File.ReadAllText(path));
    }

    [Test]
    public void AFailureInTheFinalizerIsReported()
    {
        IOException reported = null;
        Action<IOException> report = failure => reported = failure;
        Journal.Failed += report;
        Forget(Full);
        Journal.Failed -= report;
        Assert.AreEqual(ENOSPC, reported.HResult);
    }

    static readonly string ExitProgram = Path.Combine(TestContext.CurrentContext.TestDirectory, "Exit.exe");

    string Exit(string how, int code = 0)
    {
        return Run("mono", ExitProgram + " " + how + " " + path, code);
    }

    [Test]
    public void AtExitWhatIsHeldIsReleased([Values("return", "exit")] string how)
    {
        Assert.AreEqual("", Exit(how));
        Assert.AreEqual("one\n", File.ReadAllText(path));
    }

    [Test]
    public void AtExitAFailureIsReported([Values("return", "exit")] string how)
    {
        Run("ln", "-s /dev/full " + path);
        StringAssert.StartsWith("failed to dispose `Journal`: file: ", Exit(how));
    }

    [Test]
    public void AnUncaughtExceptionReleasesNothing()
    {
        StringAssert.Contains("uncaught", Exit("throw", 1));
        Assert.AreEqual("", File.ReadAllText(path));
    }

    [Test]
    public void TheExitWaitsForACallOfAnotherThread()
    {
        Run("mkfifo", path);
        using (var process = Start("mono", ExitProgram + " call " + path))
        using (var reader = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1))
        {
            reader.ReadByte(); // so the thread is in the call
            process.StandardInput.Close(); // which ends the program
            Assert.IsFalse(process.WaitForExit(300));
            Assert.AreEqual(99999, ReadToEnd(reader));
            process.WaitForExit();
            Assert.AreEqual(0, process.ExitCode);
        }
    }
}
