using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

/// <summary>A file of lines that grows at its end.</summary>
public sealed class Journal : IDisposable
{
    readonly Handle handle;

    /// <summary>Failures that no caller can be handed: those of the finalizer, and of a deferred
    /// close. Raised on any thread. Without a handler they go to standard error.</summary>
    public static event Action<IOException> Failed;

    public Journal(string path)
    {
        if (path.IndexOf('\0') >= 0) throw new ArgumentException("the path has a NUL in it", nameof(path));
        Check(Native.journal_open(Encoding.UTF8.GetBytes(path + '\0'), out handle));
    }

    public void Append(string record)
    {
        byte[] text = Encoding.UTF8.GetBytes(record);
        Check(Native.journal_append(handle, text, (UIntPtr)text.Length));
    }

    /// <summary>Writes what is buffered.</summary>
    public void Flush()
    {
        Check(Native.journal_flush(handle));
    }

    /// <summary>Writes what is buffered and closes the file. While another thread is in a call, that
    /// closes it.</summary>
    /// <exception cref="IOException">What failed; <c>HResult</c> is the operating system's
    /// number.</exception>
    public void Dispose()
    {
        try
        {
            using (handle) Check(Native.journal_close(handle));
        }
        catch (ObjectDisposedException) { } // the second time
    }

    /// <summary>Runs <paramref name="body"/>, then disposes. A <c>using</c> statement would lose the
    /// body's exception where both fail; this throws an <see cref="AggregateException"/> of the
    /// two.</summary>
    public static void Use(string path, Action<Journal> body)
    {
        var journal = new Journal(path);
        try
        {
            body(journal);
        }
        catch (Exception failure)
        {
            try { journal.Dispose(); }
            catch (Exception second) { throw new AggregateException(failure, second); }
            throw;
        }
        journal.Dispose();
    }

    static void Check(int code)
    {
        if (code == 0) return;
        string text = Marshal.PtrToStringUTF8(Native.journal_error_text());
        if (code == Native.Disposed) throw new ObjectDisposedException(nameof(Journal), text);
        throw new IOException(text, code);
    }

    // An exception must not cross into Rust either.
    static void Report(int code, IntPtr text)
    {
        try
        {
            var failure = new IOException(Marshal.PtrToStringUTF8(text), code);
            if (Failed != null) Failed(failure);
            else Console.Error.WriteLine(failure.Message);
        }
        catch (Exception) { }
    }

    static readonly Native.Report report = Report; // is not collected

    static Journal()
    {
        Native.journal_report_to(report);
    }

    /// <summary>Keeps the journal's memory while a call is going on. It is closed before, in
    /// <see cref="Dispose"/>, whose failure can be thrown, or else here.</summary>
    sealed class Handle : SafeHandle
    {
        Handle() : base(IntPtr.Zero, ownsHandle: true) { }

        public override bool IsInvalid => handle == IntPtr.Zero;

        protected override bool ReleaseHandle()
        {
            Native.journal_free(handle);
            return true;
        }
    }

    static class Native
    {
        internal const int Disposed = -1;
        const string library = "journal_native";

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate void Report(int code, IntPtr text);

        [DllImport(library)] internal static extern int journal_open(byte[] path, out Handle journal);
        [DllImport(library)] internal static extern int journal_append(Handle journal, byte[] record, UIntPtr length);
        [DllImport(library)] internal static extern int journal_flush(Handle journal);
        [DllImport(library)] internal static extern int journal_close(Handle journal);
        [DllImport(library)] internal static extern void journal_free(IntPtr journal);
        [DllImport(library)] internal static extern IntPtr journal_error_text();
        [DllImport(library)] internal static extern void journal_report_to(Report report);
    }
}
