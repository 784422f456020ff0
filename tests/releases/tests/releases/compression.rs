//! Compression, archives and file formats.

use std::ffi::{CString, c_char, c_int, c_long, c_uint, c_ulong, c_ushort, c_void};
use std::io::{Seek, SeekFrom, Write};
use std::os::fd::IntoRawFd;
use std::os::unix::fs::PermissionsExt;
use std::{fs, mem, ptr, slice};

use dispose_core::{Close, Dispose, status};
use dispose_releases::libc::{self, FILE};
use dispose_releases::provoke::*;
use dispose_releases::{NULL, P, library, row, text};

/// Bytes that do not compress.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .collect()
}

library! {
    ZLIB "zlib" in "libz.so.1";
    version text(zlibVersion());
    fn zlibVersion() -> *const c_char;
    fn gzopen(path: *const c_char, mode: *const c_char) -> P;
    fn gzwrite(file: P, bytes: *const u8, len: c_uint) -> c_int;
    fn gzread(file: P, bytes: *mut u8, len: c_uint) -> c_int;
    fn gzerror(file: P, code: *mut c_int) -> *const c_char;
    fn gzclose(file: P) -> c_int;
    fn deflateInit_(stream: *mut Stream, level: c_int, version: *const c_char, size: c_int) -> c_int;
    fn deflate(stream: *mut Stream, flush: c_int) -> c_int;
    fn deflateEnd(stream: *mut Stream) -> c_int;
}

/// A `z_stream`.
#[repr(C)]
struct Stream {
    next_in: *const u8,
    avail_in: c_uint,
    total_in: c_ulong,
    next_out: *mut u8,
    avail_out: c_uint,
    total_out: c_ulong,
    rest: [usize; 8],
}

row! {
    gz_writer ZLIB "writer of a gzip file" "gzclose"
    {
        #[derive(Close)]
        struct Writer {
            #[unmanaged(unsafe(release = gzclose), check = status::zero)]
            file: P,
        }
    }
    |seen| {
        let open = |name: &str| unsafe { gzopen(scratch_c(name).as_ptr(), c"w".as_ptr()) };
        let bytes = noise(200_000);
        let write = |file: P, len: usize| unsafe { gzwrite(file, bytes.as_ptr(), c_uint::try_from(len).unwrap()) };
        unsafe {
            let file = open("good");
            assert_eq!(write(file, 5_000), 5_000);
            assert_eq!(size("good"), 0);
            seen.success(gzclose(file));
            seen.waits("writes what is buffered", size("good") > 5_000);
            seen.null("-2", gzclose(ptr::null_mut()) == -2);

            let file = open("late");
            write(file, 5_000);
            let before = descriptors();
            seen.failure(no_room(100, || gzclose(file)), "no room for what was buffered");
            seen.consumed("the descriptor is closed", descriptors() == before - 1);

            // More than its own buffer holds is compressed straight from the caller's.
            let mut bytes = noise(200_000);
            let file = open("torn");
            let written = no_room(1_000, || gzwrite(file, bytes.as_ptr(), 200_000));
            let last = std::mem::replace(&mut bytes[199_999], 0);
            assert_ne!(last, 0);
            Writer { file }.close().unwrap();
            let file = gzopen(scratch_c("torn").as_ptr(), c"r".as_ptr());
            let mut back = vec![0; 300_000];
            let read = gzread(file, back.as_mut_ptr(), 300_000);
            gzclose(file);
            seen.not_so(
                "a large `gzwrite` that returned 0 is done again, from the caller's buffer, which must still be there",
                written == 0 && read == 200_000 && back[..200_000] == bytes[..],
            );
            Writer { file: open("good") }.close().unwrap();
        }
    }
}

row! {
    deflate ZLIB "`z_stream` of `deflate`" "deflateEnd"
    {
        #[derive(Close)]
        struct Deflate {
            #[unmanaged(
                unsafe(release = |mut stream: Box<Stream>| deflateEnd(&mut *stream)),
                check = |status| status::zero(if status == -3 { 0 } else { status }),
            )]
            stream: Option<Box<Stream>>,
        }
    }
    |seen| {
        let start = || unsafe {
            let mut stream: Box<Stream> = Box::new(mem::zeroed());
            let size = c_int::try_from(size_of::<Stream>()).unwrap();
            assert_eq!(deflateInit_(&raw mut *stream, 6, zlibVersion(), size), 0);
            stream
        };
        let mut stream = start();
        let by_success = freed(|| assert_eq!(unsafe { deflateEnd(&raw mut *stream) }, 0));
        seen.success(0);
        seen.failure(unsafe { deflateEnd(&raw mut *stream) }, "a second time");
        let (bytes, mut out) = (noise(100), [0; 10]);
        let mut middle = || {
            let mut stream = start();
            (stream.next_in, stream.avail_in) = (bytes.as_ptr(), 100);
            (stream.next_out, stream.avail_out) = (out.as_mut_ptr(), 10);
            assert_eq!(unsafe { deflate(&raw mut *stream, 0) }, 0);
            stream
        };
        let mut stream = middle();
        let mut status = 0;
        let by_failure = freed(|| status = unsafe { deflateEnd(&raw mut *stream) });
        seen.failure(status, "in the middle of the stream");
        seen.consumed("all memory is freed", by_failure == by_success && by_success > 100_000);
        Deflate { stream: Some(middle()) }.close().unwrap();
        Deflate { stream: Some(start()) }.close().unwrap();
        seen.null("-2", unsafe { deflateEnd(ptr::null_mut()) } == -2);
    }
}

library! {
    BZIP2 "bzip2" in "libbz2.so.1.0";
    version text(BZ2_bzlibVersion()).split(',').next().unwrap();
    fn BZ2_bzlibVersion() -> *const c_char;
    fn BZ2_bzWriteOpen(status: *mut c_int, file: *mut FILE, size: c_int, verbosity: c_int, work: c_int) -> P;
    fn BZ2_bzWrite(status: *mut c_int, writer: P, bytes: *const u8, len: c_int);
    fn BZ2_bzWriteClose(status: *mut c_int, writer: P, abandon: c_int, r#in: *mut c_uint, out: *mut c_uint);
    fn BZ2_bzopen(path: *const c_char, mode: *const c_char) -> P;
    fn BZ2_bzwrite(file: P, bytes: *const u8, len: c_int) -> c_int;
    fn BZ2_bzflush(file: P) -> c_int;
    fn BZ2_bzclose(file: P);
}

row! {
    bz_writer BZIP2 "writer above a `FILE`" "BZ2_bzWriteClose"
    {
        #[derive(Close)]
        struct Writer {
            #[unmanaged(unsafe(release = libc::fclose), check = status::errno)]
            file: *mut FILE,
            #[unmanaged(check = status::zero, unsafe(release = |writer| {
                let mut status = 0;
                BZ2_bzWriteClose(&mut status, writer, 0, ptr::null_mut(), ptr::null_mut());
                if status == -6 {
                    clearerr(self.file);
                    BZ2_bzWriteClose(&mut 0, writer, 1, ptr::null_mut(), ptr::null_mut());
                }
                status
            }))]
            writer: P,
        }
        use libc::clearerr;
    }
    |seen| {
        let open = |path: &std::ffi::CStr| unsafe {
            let file = libc::fopen(path.as_ptr(), c"w".as_ptr());
            libc::setvbuf(file, ptr::null_mut(), libc::_IONBF, 0);
            let mut status = 0;
            let writer = BZ2_bzWriteOpen(&raw mut status, file, 1, 0, 0);
            BZ2_bzWrite(&raw mut status, writer, noise(1_000).as_ptr(), 1_000);
            assert_eq!(status, 0);
            (file, writer)
        };
        let close = |writer: P, abandon: c_int| unsafe {
            let mut status = 0;
            BZ2_bzWriteClose(&raw mut status, writer, abandon, ptr::null_mut(), ptr::null_mut());
            status
        };
        let (file, writer) = open(&scratch_c("good"));
        assert_eq!(size("good"), 0);
        let by_success = freed(|| assert_eq!(close(writer, 0), 0));
        seen.success(0);
        seen.waits("compresses and writes what is buffered", size("good") > 1_000);
        unsafe { libc::fclose(file) };
        seen.null("0", close(ptr::null_mut(), 0) == 0);

        let (file, writer) = open(c"/dev/full");
        seen.failure(close(writer, 0), "the device is full");
        let (mut again, mut abandoned) = (0, 0);
        let nothing = freed(|| (again, abandoned) = (close(writer, 0), close(writer, 1)));
        seen.kept("and never freed, not by abandoning it either, until `clearerr` on the `FILE`", again == -6 && abandoned == -6 && nothing == 0);
        unsafe { clearerr(file) };
        let by_clearing = freed(|| assert_eq!(close(writer, 1), 0));
        seen.not_so("`on_error = keep` would keep it forever: clear and abandon in the closure", by_clearing > 1_000_000 && by_success > 1_000_000);
        let still = unsafe { libc::fclose(file) } == 0;
        seen.order("before its `FILE`, which is not its own", still);

        let (file, writer) = open(c"/dev/full");
        assert_eq!(code(Writer { file, writer }.close()), -6);
        let (file, writer) = open(&scratch_c("other"));
        Writer { file, writer }.close().unwrap();
        assert_eq!(size("other"), size("good"));
    }
}

row! {
    bz_file BZIP2 "`BZFILE` of `BZ2_bzopen`" "BZ2_bzclose"
    {
        #[derive(Close)]
        struct File {
            #[unmanaged(unsafe(release = BZ2_bzclose))]
            file: P,
        }
    }
    |seen| {
        let write = |path: &std::ffi::CStr| unsafe {
            let file = BZ2_bzopen(path.as_ptr(), c"w".as_ptr());
            assert_eq!(BZ2_bzwrite(file, noise(1_000).as_ptr(), 1_000), 1_000);
            file
        };
        File { file: write(&scratch_c("good")) }.close().unwrap();
        seen.void();
        seen.waits("compresses and writes what is buffered", size("good") > 1_000);
        unsafe { BZ2_bzclose(ptr::null_mut()) };
        seen.null("accepted", true);
        let file = write(c"/dev/full");
        let flushed = unsafe { BZ2_bzflush(file) };
        let closed = File { file }.close();
        seen.loses("the error of a full device; `BZ2_bzflush` does nothing, so use `BZ2_bzWriteClose`", flushed == 0 && closed.is_ok());
    }
}

library! {
    LZMA "liblzma" in "liblzma.so.5";
    version text(lzma_version_string());
    fn lzma_version_string() -> *const c_char;
    fn lzma_easy_encoder(stream: *mut LzmaStream, preset: u32, check: c_int) -> c_int;
    fn lzma_code(stream: *mut LzmaStream, action: c_int) -> c_int;
    fn lzma_end(stream: *mut LzmaStream);
}

/// A `lzma_stream`.
#[repr(C)]
struct LzmaStream {
    next_in: *const u8,
    avail_in: usize,
    total_in: u64,
    next_out: *mut u8,
    avail_out: usize,
    rest: [u64; 12],
}

row! {
    lzma_stream LZMA "`lzma_stream`" "lzma_end"
    {
        #[derive(Close)]
        struct Encoder {
            #[unmanaged(unsafe(release = |mut stream: Box<LzmaStream>| lzma_end(&mut *stream)))]
            stream: Option<Box<LzmaStream>>,
        }
    }
    |seen| {
        let (bytes, mut out) = (noise(1_000), vec![0; 4_000]);
        let mut start = || unsafe {
            let mut stream: Box<LzmaStream> = Box::new(mem::zeroed());
            assert_eq!(lzma_easy_encoder(&raw mut *stream, 0, 1), 0);
            (stream.next_in, stream.avail_in) = (bytes.as_ptr(), 1_000);
            (stream.next_out, stream.avail_out) = (out.as_mut_ptr(), 4_000);
            assert_eq!(lzma_code(&raw mut *stream, 0), 0);
            stream
        };
        let stream = start();
        let held = 4_000 - stream.avail_out < 1_000 && stream.avail_in == 0;
        let gone = freed(|| Encoder { stream: Some(stream) }.close().unwrap());
        assert!(gone > 100_000);
        seen.void();
        seen.loses("input that was taken and not yet put out: `lzma_code` with `LZMA_FINISH` first", held);
        let mut stream = start();
        unsafe { lzma_end(&raw mut *stream) };
        let twice = freed(|| unsafe { lzma_end(&raw mut *stream) });
        unsafe { lzma_end(ptr::null_mut()) };
        seen.null("accepted, and a second time too", twice == 0);
    }
}

library! {
    ZSTD "zstd" in "libzstd.so.1";
    version text(ZSTD_versionString());
    fn ZSTD_versionString() -> *const c_char;
    fn ZSTD_createCCtx() -> P;
    fn ZSTD_estimateCCtxSize(level: c_int) -> usize;
    fn ZSTD_initStaticCCtx(workspace: P, size: usize) -> P;
    fn ZSTD_compressCCtx(context: P, to: *mut u8, room: usize, from: *const u8, len: usize, level: c_int) -> usize;
    fn ZSTD_isError(code: usize) -> c_uint;
    fn ZSTD_freeCCtx(context: P) -> usize;
}

row! {
    zstd_context ZSTD "compression context" "ZSTD_freeCCtx"
    {
        #[derive(Close)]
        struct Context {
            #[unmanaged(unsafe(release = ZSTD_freeCCtx), check = status::zero)]
            context: P,
        }
    }
    |seen| {
        unsafe {
            seen.success(ZSTD_freeCCtx(ZSTD_createCCtx()));
            Context { context: ZSTD_createCCtx() }.close().unwrap();
            seen.null("0", ZSTD_freeCCtx(ptr::null_mut()) == 0);
            let len = ZSTD_estimateCCtxSize(1);
            let mut memory = vec![0_u64; len / 8 + 1];
            let context = ZSTD_initStaticCCtx(memory.as_mut_ptr().cast(), len);
            let status = ZSTD_freeCCtx(context);
            assert_eq!(ZSTD_isError(status), 1);
            seen.failure(status.cast_signed(), "a context in the caller's own memory (it is a `size_t`)");
            let mut out = [0; 1_000];
            let written = ZSTD_compressCCtx(context, out.as_mut_ptr(), 1_000, out.as_ptr(), 10, 1);
            seen.kept("such a one needs no release", ZSTD_isError(written) == 0);
        }
    }
}

library! {
    LZ4 "lz4" in "liblz4.so.1";
    version text(LZ4_versionString());
    fn LZ4_versionString() -> *const c_char;
    fn LZ4F_createDecompressionContext(context: *mut P, version: c_uint) -> usize;
    fn LZ4F_decompress(context: P, to: *mut u8, room: *mut usize, from: *const u8, len: *mut usize, options: P) -> usize;
    fn LZ4F_compressFrame(to: *mut u8, room: usize, from: *const u8, len: usize, preferences: P) -> usize;
    fn LZ4F_freeDecompressionContext(context: P) -> usize;
    fn LZ4F_isError(code: usize) -> c_uint;
}

row! {
    lz4_decoder LZ4 "frame decoder" "LZ4F_freeDecompressionContext"
    {
        #[derive(Close)]
        struct Decoder {
            // What is lost (the rest of a frame that is read in part), the caller of the decoder knows already.
            #[unmanaged(unsafe(release = LZ4F_freeDecompressionContext), check = status::ignore)]
            decoder: P,
        }
    }
    |seen| {
        unsafe {
            let mut frame = vec![0; 100_000];
            let len = LZ4F_compressFrame(frame.as_mut_ptr(), 100_000, noise(50_000).as_ptr(), 50_000, ptr::null_mut());
            let read = |mut part: usize| {
                let (mut decoder, mut out, mut room) = (ptr::null_mut(), vec![0; 100_000], 100_000);
                LZ4F_createDecompressionContext(&raw mut decoder, 100);
                let more = LZ4F_decompress(decoder, out.as_mut_ptr(), &raw mut room, frame.as_ptr(), &raw mut part, ptr::null_mut());
                assert_eq!(LZ4F_isError(more), 0);
                decoder
            };
            seen.success(LZ4F_freeDecompressionContext(read(len)));
            seen.null("0", LZ4F_freeDecompressionContext(ptr::null_mut()) == 0);
            let position = LZ4F_freeDecompressionContext(read(1_000));
            seen.means("a value other than 0 is the position in a frame, not an error: it is freed", position != 0 && LZ4F_isError(position) == 0);
            let decoder = read(1_000);
            let gone = freed(|| Decoder { decoder }.close().unwrap());
            assert!(gone > 1_000);
        }
    }
}

library! {
    ARCHIVE "libarchive" in "libarchive.so.13";
    version text(archive_version_string()).trim_start_matches("libarchive ");
    fn archive_version_string() -> *const c_char;
    fn archive_write_new() -> P;
    fn archive_write_disk_new() -> P;
    fn archive_write_disk_set_options(archive: P, flags: c_int) -> c_int;
    fn archive_write_set_format_ustar(archive: P) -> c_int;
    fn archive_write_open_filename(archive: P, path: *const c_char) -> c_int;
    fn archive_entry_new() -> P;
    fn archive_entry_free(entry: P);
    fn archive_entry_set_pathname(entry: P, path: *const c_char);
    fn archive_entry_set_size(entry: P, size: i64);
    fn archive_entry_set_filetype(entry: P, kind: c_uint);
    fn archive_entry_set_perm(entry: P, mode: libc::mode_t);
    fn archive_write_header(archive: P, entry: P) -> c_int;
    fn archive_write_data(archive: P, bytes: *const u8, len: usize) -> isize;
    fn archive_write_close(archive: P) -> c_int;
    fn archive_write_free(archive: P) -> c_int;
}

row! {
    archive_writer ARCHIVE "writer of a file" "archive_write_free"
    {
        #[derive(Close)]
        struct Writer {
            #[unmanaged(unsafe(release = archive_write_free), check = status::zero)]
            archive: P,
        }
    }
    |seen| {
        let write = |name: &str| unsafe {
            let archive = archive_write_new();
            archive_write_set_format_ustar(archive);
            assert_eq!(archive_write_open_filename(archive, scratch_c(name).as_ptr()), 0);
            let entry = archive_entry_new();
            archive_entry_set_pathname(entry, c"file".as_ptr());
            archive_entry_set_size(entry, 1_000);
            archive_entry_set_filetype(entry, libc::S_IFREG);
            assert_eq!(archive_write_header(archive, entry), 0);
            assert_eq!(archive_write_data(archive, noise(1_000).as_ptr(), 1_000), 1_000);
            archive_entry_free(entry);
            archive
        };
        unsafe {
            let archive = write("good");
            assert_eq!(size("good"), 0);
            seen.success(archive_write_free(archive));
            seen.waits("writes what is buffered, and the archive's end", size("good") >= 2_560);
            let before = descriptors();
            let archive = write("full");
            let freed = no_room(100, || Writer { archive }.close());
            seen.failure(code(freed), "no room");
            seen.consumed("the descriptor is closed", descriptors() == before);
            let archive = write("twice");
            let closed = no_room(100, || archive_write_close(archive));
            seen.not_so("`archive_write_close` first takes the error: then `archive_write_free` is 0", closed == -30 && archive_write_free(archive) == 0);
            seen.null("0", archive_write_free(ptr::null_mut()) == 0);
        }
    }
}

row! {
    disk_writer ARCHIVE "writer of a tree of files" "archive_write_free"
    {
        #[derive(Close)]
        struct Tree {
            #[unmanaged(unsafe(release = archive_write_free), check = status::zero)]
            archive: P,
        }
    }
    |seen| {
        let extract = |name: &str| unsafe {
            let archive = archive_write_disk_new();
            archive_write_disk_set_options(archive, 2); // permissions
            let entry = archive_entry_new();
            archive_entry_set_pathname(entry, scratch_c(name).as_ptr());
            archive_entry_set_filetype(entry, libc::S_IFDIR);
            archive_entry_set_perm(entry, 0o2711);
            assert_eq!(archive_write_header(archive, entry), 0);
            archive_entry_free(entry);
            archive
        };
        let mode = |name: &str| fs::metadata(scratch(name)).unwrap().permissions().mode() & 0o7777;
        let archive = extract("tree");
        let before = mode("tree");
        Tree { archive }.close().unwrap();
        seen.success(0);
        seen.waits("sets the permissions of directories, which it has only noted until then", before != 0o2711 && mode("tree") == 0o2711);
        seen.order("before the tree is used; a forgotten one leaves it as it is", before != mode("tree"));
    }
}

library! {
    ZIP "libzip" in "libzip.so.4";
    version text(zip_libzip_version());
    fn zip_libzip_version() -> *const c_char;
    fn zip_open(path: *const c_char, flags: c_int, error: *mut c_int) -> P;
    fn zip_source_buffer(archive: P, bytes: *const u8, len: u64, free: c_int) -> P;
    fn zip_file_add(archive: P, name: *const c_char, source: P, flags: u32) -> i64;
    fn zip_fopen_index(archive: P, index: u64, flags: u32) -> P;
    fn zip_fread(file: P, bytes: *mut u8, len: u64) -> i64;
    fn zip_fclose(file: P) -> c_int;
    fn zip_close(archive: P) -> c_int;
    fn zip_discard(archive: P);
}

row! {
    zip_archive ZIP "archive" "zip_close, zip_discard"
    {
        #[derive(Dispose)]
        struct Archive {
            #[unmanaged(unsafe(release = zip_close), check = status::zero, on_error = keep, unsafe(drop = |archive| {
                let closed = zip_close(archive);
                if closed != 0 {
                    zip_discard(archive);
                }
                closed
            }))]
            archive: P,
        }
    }
    |seen| {
        static BYTES: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| noise(5_000));
        let write = |name: &str| unsafe {
            let archive = zip_open(scratch_c(name).as_ptr(), 1, ptr::null_mut());
            let source = zip_source_buffer(archive, BYTES.as_ptr(), 5_000, 0);
            assert_eq!(zip_file_add(archive, c"file".as_ptr(), source, 0), 0);
            archive
        };
        unsafe {
            let archive = write("good");
            seen.success(zip_close(archive));
            seen.waits("writes everything", size("good") > 5_000);
            seen.null("-1", zip_close(ptr::null_mut()) == -1);
            let mut owner = Archive { archive: write("full") };
            seen.failure(code(no_room(1_000, || owner.dispose())), "no room");
            let again = owner.dispose().is_ok();
            seen.kept("the second call writes it all", again && size("full") == size("good"));

            let archive = write("lost");
            let gone = freed(|| no_room(1_000, || drop(Archive { archive })));
            assert_eq!(reports(), ["failed to dispose `Archive`: archive: status -1"]);
            seen.loses("the last attempt must discard it, or it leaks: `drop`", gone > 1_000 && !scratch("lost").exists());

            let archive = zip_open(scratch_c("good").as_ptr(), 0, ptr::null_mut());
            let file = zip_fopen_index(archive, 0, 0);
            assert_eq!(zip_close(archive), 0);
            seen.order("entries first: they may outlive it, and read nothing then (-1)", zip_fread(file, [0; 10].as_mut_ptr(), 10) == -1);
            assert_ne!(zip_fclose(file), 0);
        }
    }
}

row! {
    zip_entry ZIP "entry that is read" "zip_fclose"
    {
        #[derive(Close)]
        struct Entry {
            #[unmanaged(unsafe(release = zip_fclose), check = status::zero)]
            file: P,
        }
    }
    |seen| {
        unsafe {
            let bytes = noise(5_000);
            let archive = zip_open(scratch_c("file").as_ptr(), 1, ptr::null_mut());
            assert_eq!(zip_file_add(archive, c"file".as_ptr(), zip_source_buffer(archive, bytes.as_ptr(), 5_000, 0), 0), 0);
            assert_eq!(zip_close(archive), 0);
            let open = || zip_open(scratch_c("file").as_ptr(), 0, ptr::null_mut());
            let read = |archive: P, len: u64| {
                let file = zip_fopen_index(archive, 0, 0);
                let read = zip_fread(file, [0; 6_000].as_mut_ptr(), len);
                (Entry { file }, read)
            };
            let archive = open();
            let (whole, len) = read(archive, 6_000);
            assert_eq!(len, 5_000);
            whole.close().unwrap();
            seen.success(0);
            let [(quiet, _), (reading, _)] = [read(archive, 10), read(archive, 10)];
            assert_eq!(zip_close(archive), 0);
            let quiet = freed(|| quiet.close().unwrap());
            seen.order("before its archive, or after it", quiet > 0);
            assert_eq!(zip_fread(reading.file, [0; 10].as_mut_ptr(), 10), -1);
            let mut status = 0;
            let gone = freed(|| status = code(reading.close()));
            seen.failure(status, "what `zip_fread` has returned: its archive is closed");
            seen.consumed("the memory is freed", gone > 0);

            // The content no longer has its checksum.
            let mut content = fs::read(scratch("file")).unwrap();
            content[1_000] ^= 1;
            fs::write(scratch("file"), content).unwrap();
            let archive = open();
            let (whole, len) = read(archive, 6_000);
            let rest = zip_fread(whole.file, [0; 10].as_mut_ptr(), 10);
            assert_eq!((len, rest), (5_000, -1));
            seen.failure(code(whole.close()), "what `zip_fread` has found: a wrong checksum");
            let (half, len) = read(archive, 2_000);
            assert_eq!(len, 2_000);
            seen.loses("0 for damaged content that was not read to its end: only there is the checksum compared", half.close().is_ok());
            assert_eq!(zip_close(archive), 0);
        }
    }
}

library! {
    MINIZIP "minizip" in "libminizip.so.1";
    version MINIZIP.file_version();
    fn zipOpen(path: *const c_char, append: c_int) -> P;
    fn zipOpenNewFileInZip(zip: P, name: *const c_char, info: P, local: P, local_len: c_uint, global: P, global_len: c_uint, comment: *const c_char, method: c_int, level: c_int) -> c_int;
    fn zipWriteInFileInZip(zip: P, bytes: *const u8, len: c_uint) -> c_int;
    fn zipClose(zip: P, comment: *const c_char) -> c_int;
}

row! {
    minizip MINIZIP "`zipFile`" "zipClose"
    {
        #[derive(Close)]
        struct Archive {
            #[unmanaged(unsafe(release = |zip| zipClose(zip, ptr::null())), check = status::zero)]
            zip: P,
        }
    }
    |seen| {
        let write = |name: &str| unsafe {
            let zip = zipOpen(scratch_c(name).as_ptr(), 0);
            assert_eq!(zipOpenNewFileInZip(zip, c"file".as_ptr(), NULL, NULL, 0, NULL, 0, ptr::null(), 0, 0), 0);
            assert_eq!(zipWriteInFileInZip(zip, noise(1_000).as_ptr(), 1_000), 0);
            zip
        };
        Archive { zip: write("good") }.close().unwrap();
        seen.success(0);
        seen.waits("closes the entry that is open, writes the directory", size("good") > 1_000);
        let before = descriptors();
        let zip = write("full");
        seen.failure(code(no_room(100, || Archive { zip }.close())), "no room");
        seen.consumed("the descriptor is closed", descriptors() == before);
    }
}

library! {
    TIFF "libtiff" in "libtiff.so.6";
    version text(TIFFGetVersion()).lines().next().unwrap().rsplit(' ').next().unwrap();
    fn TIFFGetVersion() -> *const c_char;
    fn TIFFOpen(path: *const c_char, mode: *const c_char) -> P;
    fn TIFFWriteEncodedStrip(file: P, strip: u32, bytes: *const u8, len: isize) -> isize;
    fn TIFFFlush(file: P) -> c_int;
    fn TIFFClose(file: P);
    var TIFFSetField(P, u32) -> c_int;
}

row! {
    tiff TIFF "file" "TIFFClose"
    {
        #[derive(Close)]
        struct Image {
            #[unmanaged(check = status::one, unsafe(release = |file| {
                let flushed = TIFFFlush(file);
                TIFFClose(file);
                flushed
            }))]
            file: P,
        }
    }
    |seen| {
        let write = |name: &str| unsafe {
            let file = TIFFOpen(scratch_c(name).as_ptr(), c"w".as_ptr());
            let set = TIFFSetField();
            for (tag, value) in [(256, 10), (257, 10), (258, 8), (277, 1), (262, 1), (278, 10)] {
                assert_eq!(set(file, tag, value as c_int), 1);
            }
            assert_eq!(TIFFWriteEncodedStrip(file, 0, noise(100).as_ptr(), 100), 100);
            file
        };
        unsafe {
            TIFFClose(write("good"));
            seen.void();
            let guessed = write("guessed");
            no_room(110, || TIFFClose(guessed));
            seen.loses("the directory, without which the file holds no image: `TIFFFlush` first", size("guessed") < size("good"));
            let file = write("full");
            seen.failure(code(no_room(110, || Image { file }.close())), "of `TIFFFlush`, no room (1 is good)");
            Image { file: write("other") }.close().unwrap();
            seen.waits("writes the directory", size("other") == size("good") && size("good") > 110);
        }
    }
}

library! {
    FITS "CFITSIO" in "libcfitsio.so.10";
    version { let mut version = 0.0; ffvers(&mut version); format!("{version:.2}") };
    fn ffvers(version: *mut f32) -> f32;
    fn ffinit(file: *mut P, path: *const c_char, status: *mut c_int) -> c_int;
    fn ffcrim(file: P, kind: c_int, axes: c_int, lens: *mut c_long, status: *mut c_int) -> c_int;
    fn ffppr(file: P, kind: c_int, first: i64, len: i64, values: *const c_void, status: *mut c_int) -> c_int;
    fn ffclos(file: P, status: *mut c_int) -> c_int;
}

row! {
    fits FITS "file" "fits_close_file"
    {
        #[derive(Close)]
        struct Fits {
            #[unmanaged(unsafe(release = |file| {
                let mut status = 0;
                ffclos(file, &mut status)
            }), check = status::zero)]
            file: P,
        }
    }
    |seen| {
        let write = |name: &str| unsafe {
            let (mut file, mut status) = (ptr::null_mut(), 0);
            ffinit(&raw mut file, scratch_c(name).as_ptr(), &raw mut status);
            ffcrim(file, 16, 1, &mut 1_000, &raw mut status);
            ffppr(file, 21, 1, 1_000, [7_u16; 1_000].as_ptr().cast(), &raw mut status);
            assert_eq!(status, 0);
            file
        };
        Fits { file: write("good") }.close().unwrap();
        seen.success(0);
        seen.waits("writes what is buffered", size("good") == 5_760);
        let before = descriptors();
        let file = write("full");
        seen.failure(code(no_room(100, || Fits { file }.close())), "no room");
        seen.consumed("the descriptor is closed", descriptors() == before);
        let file = write("given");
        seen.means("a status that is given in comes back: start with 0", unsafe { ffclos(file, &mut 108) } == 108 && size("given") == 5_760);
        seen.null("115", unsafe { ffclos(ptr::null_mut(), &mut 0) } == 115);
    }
}

library! {
    XLSX "libxlsxwriter" in "libxlsxwriter.so.4";
    version text(lxw_version());
    fn lxw_version() -> *const c_char;
    fn workbook_new(path: *const c_char) -> P;
    fn workbook_add_worksheet(book: P, name: *const c_char) -> P;
    fn worksheet_write_number(sheet: P, row: u32, column: c_ushort, number: f64, format: P) -> c_int;
    fn workbook_close(book: P) -> c_int;
}

row! {
    workbook XLSX "workbook" "workbook_close"
    {
        #[derive(Close)]
        struct Book {
            #[unmanaged(unsafe(release = workbook_close), check = status::zero)]
            book: P,
        }
    }
    |seen| {
        let write = |path: &std::ffi::CStr| unsafe {
            let book = workbook_new(path.as_ptr());
            let sheet = workbook_add_worksheet(book, ptr::null());
            assert_eq!(worksheet_write_number(sheet, 0, 0, 1.0, ptr::null_mut()), 0);
            book
        };
        Book { book: write(&scratch_c("other.xlsx")) }.close().unwrap();
        let book = write(&scratch_c("good.xlsx"));
        assert!(!scratch("good.xlsx").exists());
        let mut status = 0;
        let by_success = freed(|| status = unsafe { workbook_close(book) });
        seen.success(status);
        seen.waits("writes the whole file", size("good.xlsx") > 1_000);
        let book = write(c"/no/such/folder/book.xlsx");
        let by_failure = freed(|| status = unsafe { workbook_close(book) });
        seen.failure(status, "the file cannot be made");
        seen.consumed("the memory is freed", by_failure > 9_000 && by_success > 9_000);
        let book = write(c"/no/such/folder/book.xlsx");
        assert_eq!(code(Book { book }.close()), i128::from(status));
    }
}

library! {
    GIFLIB "giflib" in "libgif.so.7";
    version GIFLIB.file_version();
    fn EGifOpenFileHandle(fd: c_int, error: *mut c_int) -> *mut Gif;
    fn EGifPutScreenDesc(gif: *mut Gif, width: c_int, height: c_int, resolution: c_int, background: c_int, map: P) -> c_int;
    fn EGifPutImageDesc(gif: *mut Gif, left: c_int, top: c_int, width: c_int, height: c_int, interlaced: bool, map: P) -> c_int;
    fn EGifPutLine(gif: *mut Gif, line: *mut u8, len: c_int) -> c_int;
    fn EGifCloseFile(gif: *mut Gif, error: *mut c_int) -> c_int;
    fn GifMakeMapObject(count: c_int, colors: P) -> P;
    fn GifFreeMapObject(map: P);
}

/// A `GifFileType`.
#[repr(C)]
struct Gif {
    before: [u64; 12],
    Error: c_int,
    user: P,
}

row! {
    gif GIFLIB "writer of a file" "EGifCloseFile"
    {
        #[derive(Close)]
        struct Writer {
            #[unmanaged(check = status::zero, unsafe(release = |gif| {
                let (earlier, mut code) = ((*gif).Error, 0);
                if EGifCloseFile(gif, &mut code) == 0 { code } else { earlier }
            }))]
            gif: *mut Gif,
        }
    }
    |seen| {
        unsafe {
            let map = GifMakeMapObject(256, NULL);
            let start = || {
                let fd = fs::File::create(scratch("gif")).unwrap().into_raw_fd();
                let gif = EGifOpenFileHandle(fd, &mut 0);
                assert_eq!(EGifPutScreenDesc(gif, 400, 400, 8, 0, map), 1);
                assert_eq!(EGifPutImageDesc(gif, 0, 0, 400, 400, false, NULL), 1);
                (fd, Writer { gif })
            };
            let lines = |gif: *mut Gif, count| {
                (0..count).all(|line: usize| {
                    let mut bytes: Vec<u8> = (0..400).map(|x| (line * x * 31 % 251) as u8).collect();
                    EGifPutLine(gif, bytes.as_mut_ptr(), 400) == 1
                })
            };
            let (fd, good) = start();
            assert!(lines(good.gif, 10));
            assert_eq!(EGifCloseFile(std::mem::ManuallyDrop::new(good).gif, &mut 0), 1);
            seen.success(1);
            seen.order("owns the descriptor that it was given: not a field beside it", !is_open(fd));
            seen.waits("writes what is buffered", size("gif") > 0);

            let (fd, full) = start();
            assert!(lines(full.gif, 5));
            assert_eq!(no_room(size("gif"), || code(full.close())), 9);
            seen.failure(0, "and 9 by pointer, no room");
            seen.consumed("the descriptor is closed", !is_open(fd));

            let (_, earlier) = start();
            assert!(!no_room(0, || lines(earlier.gif, 400)));
            let mut status = 0;
            let remembered = (*earlier.gif).Error;
            assert_eq!(EGifCloseFile(earlier.gif, &mut status), 1);
            mem::forget(earlier);
            seen.loses("1 after a line that could not be written: read `Error` before", remembered == 8 && status == 0);
            GifFreeMapObject(map);
        }
    }
}

library! {
    HDF4 "HDF4" in "libdfalt.so.0" | "libdf.so.0";
    version {
        let (mut a, mut b, mut c, mut words) = (0, 0, 0, [0; 200]);
        Hgetlibversion(&mut a, &mut b, &mut c, words.as_mut_ptr());
        format!("{a}.{b}.{c}")
    };
    fn Hgetlibversion(major: *mut c_uint, minor: *mut c_uint, release: *mut c_uint, words: *mut c_char) -> c_int;
    fn HEPclear();
    fn HEvalue(level: i32) -> c_int;
}

library! {
    // It does not say which library it needs.
    HDF4_SD "HDF4" in "libmfhdfalt.so.0" | "libmfhdf.so.0";
    version HDF4.version();
    fn SDstart(path: *const c_char, access: i32) -> i32;
    fn SDcreate(file: i32, name: *const c_char, kind: i32, rank: i32, sizes: *mut i32) -> i32;
    fn SDwritedata(set: i32, start: *mut i32, stride: *mut i32, edge: *mut i32, data: P) -> c_int;
    fn SDreaddata(set: i32, start: *mut i32, stride: *mut i32, edge: *mut i32, data: P) -> c_int;
    fn SDfileinfo(file: i32, sets: *mut i32, attributes: *mut i32) -> c_int;
    fn SDselect(file: i32, index: i32) -> i32;
    fn SDendaccess(set: i32) -> c_int;
    fn SDend(file: i32) -> c_int;
}

row! {
    hdf4 HDF4 "file, data set" "SDend, SDendaccess"
    {
        #[derive(Close)]
        struct File {
            #[unmanaged(check = status::zero, invalid = -1, unsafe(release = |file| {
                HEPclear();
                let ended = SDend(file);
                if ended == 0 && !self.failed { HEvalue(1) } else { -1 }
            }))]
            file: i32,
            #[unmanaged(unsafe(release = SDendaccess), check = status::zero, invalid = -1)]
            set: i32,
            failed: bool,
        }
        impl File {
            fn write(&mut self, data: &mut [i32; 1000]) {
                let (mut start, mut edge) = (0, 1000);
                let written = unsafe { SDwritedata(self.set, &mut start, ptr::null_mut(), &mut edge, data.as_mut_ptr().cast()) };
                self.failed |= written != 0;
            }
        }
    }
    |seen| {
        unsafe {
            let create = |name: &str| {
                let file = SDstart(scratch_c(name).as_ptr(), 4);
                File { file, set: SDcreate(file, c"x".as_ptr(), 24, 1, &mut 1000), failed: false }
            };
            let last = |name: &str| {
                let (file, mut data) = (SDstart(scratch_c(name).as_ptr(), 1), [0; 1000]);
                let set = SDselect(file, 0);
                SDreaddata(set, &mut 0, ptr::null_mut(), &mut 1000, data.as_mut_ptr().cast());
                SDendaccess(set);
                SDend(file);
                data[999]
            };
            let mut good = create("good");
            good.write(&mut [7; 1000]);
            good.close().unwrap();
            seen.success(0);
            assert_eq!(last("good"), 7);
            let mut full = create("full");
            full.write(&mut [7; 1000]);
            let id = full.file;
            let status = no_room(size("full"), || code(full.close()));
            assert_eq!(status, 60);
            let known = |id| SDfileinfo(id, &mut 0, &mut 0) == 0;
            seen.consumed("the number is free; the descriptor stays open", !known(id) && opened("full") == 1);
            let next = SDstart(scratch_c("next").as_ptr(), 4);
            assert!(next == id && known(next));
            let second = SDend(id);
            seen.loses("the next file gets the same number: a second call is 0, and has closed that one", second == 0 && !known(next));
            let mut silent = create("silent");
            silent.write(&mut [7; 1000]);
            let ends = no_room(size("silent"), || (SDendaccess(silent.set), SDend(silent.file)));
            mem::forget(silent);
            seen.not_so("0 on a full device, and the data sets are lost: only `HEvalue` has the error, after `HEPclear`", ends == (0, 0) && last("silent") != 7);
            seen.failure(SDend(id), "not open");
            let mut earlier = create("earlier");
            no_room(100, || earlier.write(&mut [7; 1000]));
            assert_eq!(SDendaccess(mem::replace(&mut earlier.set, -1)), 0);
            assert_eq!(SDend(mem::replace(&mut earlier.file, -1)), 0);
            seen.loses("0 after a `SDwritedata` that failed", earlier.failed && last("earlier") != 7);
            let file = create("order");
            let (ended, after) = (SDend(file.file), SDendaccess(file.set));
            mem::forget(file);
            seen.order("data sets before their file: -1 after it", ended == 0 && after == -1);
        }
    }
}

library! {
    HTSLIB "HTSlib" in "libhts.so.3";
    version text(hts_version());
    fn hts_version() -> *const c_char;
    fn hts_open(path: *const c_char, mode: *const c_char) -> P;
    fn hts_flush(file: P) -> c_int;
    fn hts_close(file: P) -> c_int;
    fn sam_hdr_init() -> P;
    fn sam_hdr_add_lines(header: P, lines: *const c_char, len: usize) -> c_int;
    fn sam_hdr_write(file: P, header: P) -> c_int;
    fn sam_hdr_read(file: P) -> P;
    fn bam_init1() -> P;
    fn bam_set1(record: P, name_len: usize, name: *const c_char, flag: c_ushort, target: c_int, position: i64, quality: u8, operations: usize, cigar: P, mate: c_int, mate_position: i64, insert: i64, len: usize, bases: *const c_char, qualities: *const c_char, extra: usize) -> c_int;
    fn sam_write1(file: P, header: P, record: P) -> c_int;
    fn sam_read1(file: P, header: P, record: P) -> c_int;
}

row! {
    htslib HTSLIB "file (SAM, BAM, CRAM)" "hts_close"
    {
        #[derive(Close)]
        struct File {
            #[unmanaged(unsafe(release = hts_close), check = status::zero)]
            file: P,
        }
    }
    |seen| {
        unsafe {
            let header = sam_hdr_init();
            assert_eq!(sam_hdr_add_lines(header, c"@SQ\tSN:chr1\tLN:1000000\n".as_ptr(), 0), 0);
            let record = bam_init1();
            let (bases, qualities) = (c"ACGTACGTAC", c"IIIIIIIIII");
            assert!(bam_set1(record, 4, c"read".as_ptr(), 4, -1, -1, 0, 0, NULL, -1, -1, 0, 10, bases.as_ptr(), qualities.as_ptr(), 0) > 0);
            let write = |name: &str, mode: &std::ffi::CStr| {
                let file = hts_open(scratch_c(name).as_ptr(), mode.as_ptr());
                assert_eq!(sam_hdr_write(file, header), 0);
                for _ in 0..100 {
                    assert!(sam_write1(file, header, record) >= 0);
                }
                File { file }
            };
            let records = |name: &str| {
                let (file, record) = (hts_open(scratch_c(name).as_ptr(), c"r".as_ptr()), bam_init1());
                let header = sam_hdr_read(file);
                let mut records = 0;
                while sam_read1(file, header, record) >= 0 {
                    records += 1;
                }
                assert_eq!(hts_close(file), 0);
                records
            };
            let formats = [("sam", c"w"), ("bam", c"wb"), ("cram", c"wc")];
            let written = formats.map(|(name, mode)| {
                write(name, mode).close().unwrap();
                records(name)
            });
            seen.success(0);
            seen.waits("writes what is buffered, and the end of the file", written == [100; 3]);
            for (name, mode) in formats {
                let full = write(&format!("full {name}"), mode);
                let status = no_room(10, || code(full.close()));
                seen.failure(status, "no room");
            }
            let left = formats.map(|(name, _)| opened(&format!("full {name}")));
            seen.consumed("the descriptor of a SAM or CRAM file is closed, that of a BAM file leaks", left == [0, 1, 0]);
            // The flush, the close, and what is in the file then.
            let flushed = |name: &str, mode: &std::ffi::CStr| {
                let file = mem::ManuallyDrop::new(write(name, mode)).file;
                (hts_flush(file), hts_close(file), records(name))
            };
            assert_eq!(flushed("bam", c"wb"), (0, 0, 100));
            let broken = flushed("cram", c"wc");
            seen.not_so("no flush before it: `hts_flush` returns 0, then it returns -1, and a CRAM file has no record", broken == (0, -1, 0));
        }
    }
}

library! {
    PHYSFS "PhysicsFS" in "libphysfs.so.1";
    version { let mut version = [0_u8; 3]; PHYSFS_getLinkedVersion(&mut version); format!("{}.{}.{}", version[0], version[1], version[2]) };
    fn PHYSFS_getLinkedVersion(version: *mut [u8; 3]);
    fn PHYSFS_init(program: *const c_char) -> c_int;
    fn PHYSFS_setWriteDir(path: *const c_char) -> c_int;
    fn PHYSFS_openWrite(name: *const c_char) -> P;
    fn PHYSFS_setBuffer(file: P, len: u64) -> c_int;
    fn PHYSFS_writeBytes(file: P, bytes: *const u8, len: u64) -> i64;
    fn PHYSFS_flush(file: P) -> c_int;
    fn PHYSFS_close(file: P) -> c_int;
    fn PHYSFS_deinit() -> c_int;
}

row! {
    physfs PHYSFS "library, file" "PHYSFS_deinit, PHYSFS_close"
    {
        #[derive(Close)]
        struct Library {
            #[unmanaged(unsafe(release = |()| PHYSFS_deinit()), check = status::positive)]
            started: Option<()>,
        }
        // It must not outlive the library.
        #[derive(Dispose)]
        struct Output {
            #[unmanaged(unsafe(release = PHYSFS_close), check = status::positive, on_error = keep)]
            file: P,
        }
    }
    |seen| {
        unsafe {
            let open = |name: &str| {
                let file = PHYSFS_openWrite(CString::new(name).unwrap().as_ptr());
                assert_ne!(PHYSFS_setBuffer(file, 4_096), 0);
                assert_eq!(PHYSFS_writeBytes(file, [7; 70].as_ptr(), 70), 70);
                Output { file }
            };
            assert_ne!(PHYSFS_init(c"test".as_ptr()), 0);
            assert_ne!(PHYSFS_setWriteDir(scratch_c("").as_ptr()), 0);
            let library = Library { started: Some(()) };
            let mut good = open("good");
            seen.success(PHYSFS_close(mem::replace(&mut good.file, NULL)));
            seen.waits("writes what is buffered", size("good") == 70);
            seen.null("0", PHYSFS_close(NULL) == 0);
            let mut full = open("full");
            seen.failure(no_room(0, || code(full.dispose())), "of `PHYSFS_close`, no room");
            let open_still = opened("full") == 1;
            let again = full.dispose().is_ok();
            seen.kept("the second call writes it all", open_still && again && opened("full") == 0 && size("full") == 70);
            let mut cut = open("cut");
            let closed = no_room(50, || (PHYSFS_flush(cut.file), PHYSFS_close(mem::replace(&mut cut.file, NULL))));
            seen.not_so("if a write is cut in the middle, `PHYSFS_flush` and `PHYSFS_close` are 1: read the size of the file back", closed == (1, 1) && size("cut") == 50);
            let left = mem::ManuallyDrop::new(open("left")).file;
            assert!(!left.is_null());
            library.close().unwrap();
            let lost = opened("left") == 0 && size("left") == 0;
            seen.order("files first: `PHYSFS_deinit` closes them too", lost);
            seen.loses("1 from `PHYSFS_deinit`, which drops what a file has buffered", lost);
            seen.failure(PHYSFS_deinit(), "of `PHYSFS_deinit`, not started");
        }
    }
}

library! {
    TAR "libtar" in "libtar.so.0";
    version TAR.file_version();
    fn tar_open(archive: *mut P, path: *const c_char, kind: P, flags: c_int, mode: c_int, options: c_int) -> c_int;
    fn tar_append_file(archive: P, path: *const c_char, name: *const c_char) -> c_int;
    fn tar_append_eof(archive: P) -> c_int;
    fn tar_fd(archive: P) -> c_int;
    fn tar_close(archive: P) -> c_int;
}

row! {
    tar TAR "archive" "tar_close"
    {
        #[derive(Close)]
        struct Archive {
            #[unmanaged(unsafe(release = tar_close), check = status::errno)]
            archive: P,
            // Set by the first entry that was written.
            #[unmanaged(unsafe(release = |_| tar_append_eof(self.archive)), check = status::errno, invalid = false)]
            written: bool,
        }
    }
    |seen| {
        unsafe {
            fs::write(scratch("file"), [7; 10]).unwrap();
            let open = |name: &str, flags: c_int| {
                let mut archive = NULL;
                assert_eq!(tar_open(&raw mut archive, scratch_c(name).as_ptr(), NULL, flags, 0o600, 0), 0);
                Archive { archive, written: false }
            };
            let write = |name: &str| {
                let mut archive = open(name, libc::O_WRONLY | libc::O_CREAT);
                assert_eq!(tar_append_file(archive.archive, scratch_c("file").as_ptr(), c"file".as_ptr()), 0);
                archive.written = true;
                archive
            };
            write("good").close().unwrap();
            let guessed = mem::ManuallyDrop::new(write("guessed")).archive;
            seen.success(tar_close(guessed));
            seen.loses("the end of the archive: `tar_append_eof` before it", size("good") == 2_048 && size("guessed") == 1_024);
            let full = write("full");
            let error = no_room(1_024, || full.close()).unwrap_err();
            assert_eq!(error.first().path(), "written");
            seen.failure(-1, "of `tar_append_eof`, no room (`errno`)");
            seen.consumed("`tar_close` closes the descriptor", opened("full") == 0);
            let reader = open("good", libc::O_RDONLY);
            let fails = tar_append_eof(reader.archive);
            reader.close().unwrap();
            seen.order("the end is a duty of its own: on a reader, `tar_append_eof` fails", fails == -1);
            let gone = open("good", libc::O_RDONLY);
            libc::close(tar_fd(gone.archive));
            let mut error = 0;
            let freed = freed(|| error = os(gone.close()));
            assert!(error == libc::EBADF && freed > 0);
        }
    }
}

library! {
    OPENJPEG "OpenJPEG" in "libopenjp2.so.7";
    version text(opj_version());
    fn opj_version() -> *const c_char;
    fn opj_image_create(count: c_uint, components: *const [u32; 9], space: c_int) -> *mut JpegImage;
    fn opj_image_destroy(image: *mut JpegImage);
    fn opj_stream_create(buffer: usize, input: c_int) -> P;
    fn opj_stream_set_user_data(stream: P, data: P, free: extern "C" fn(P));
    fn opj_stream_set_write_function(stream: P, write: extern "C" fn(*const u8, usize, P) -> usize);
    fn opj_stream_set_skip_function(stream: P, skip: extern "C" fn(i64, P) -> i64);
    fn opj_stream_set_seek_function(stream: P, seek: extern "C" fn(u64, P) -> c_int);
    fn opj_stream_destroy(stream: P);
    fn opj_create_compress(format: c_int) -> P;
    fn opj_set_default_encoder_parameters(parameters: P);
    fn opj_setup_encoder(codec: P, parameters: P, image: *mut JpegImage) -> c_int;
    fn opj_start_compress(codec: P, image: *mut JpegImage, stream: P) -> c_int;
    fn opj_encode(codec: P, stream: P) -> c_int;
    fn opj_end_compress(codec: P, stream: P) -> c_int;
    fn opj_destroy_codec(codec: P);
}

/// An `opj_image`, and of it an `opj_image_comp`.
#[repr(C)]
struct JpegImage {
    from: [u32; 2],
    to: [u32; 2],
    count: u32,
    space: c_int,
    components: *mut JpegComponent,
}

#[repr(C)]
struct JpegComponent {
    numbers: [u32; 11],
    data: *mut i32,
}

/// The callbacks of a stream, whose data is a file.
extern "C" fn jpeg_write(bytes: *const u8, len: usize, file: P) -> usize {
    let written = unsafe { (*file.cast::<fs::File>()).write(slice::from_raw_parts(bytes, len)) };
    written.unwrap_or(usize::MAX)
}

extern "C" fn jpeg_skip(by: i64, file: P) -> i64 {
    unsafe { &mut *file.cast::<fs::File>() }.seek_relative(by).map_or(-1, |()| by)
}

extern "C" fn jpeg_seek(to: u64, file: P) -> c_int {
    c_int::from(unsafe { &mut *file.cast::<fs::File>() }.seek(SeekFrom::Start(to)).is_ok())
}

extern "C" fn jpeg_free(file: P) {
    drop(unsafe { Box::from_raw(file.cast::<fs::File>()) });
}

row! {
    openjpeg OPENJPEG "encoder, its stream and image" "opj_end_compress, opj_destroy_codec, opj_stream_destroy, opj_image_destroy"
    {
        #[derive(Close)]
        struct Encoder {
            #[unmanaged(unsafe(release = opj_image_destroy))]
            image: *mut JpegImage,
            #[unmanaged(unsafe(release = opj_stream_destroy))]
            stream: P,
            #[unmanaged(unsafe(release = opj_destroy_codec))]
            codec: P,
            #[unmanaged(unsafe(release = |_| opj_end_compress(self.codec, self.stream)), check = status::one, invalid = false)]
            started: bool,
        }
    }
    |seen| {
        unsafe {
            let start = |name: &str, buffer: usize| {
                let image = opj_image_create(1, &[1, 1, 64, 64, 0, 0, 8, 8, 0], 2);
                (*image).to = [64, 64];
                for (at, sample) in (0..4_096).enumerate() {
                    *(*(*image).components).data.add(at) = sample * 7_919 % 251;
                }
                let stream = opj_stream_create(buffer, 0);
                let file = Box::new(fs::File::create(scratch(name)).unwrap());
                opj_stream_set_user_data(stream, Box::into_raw(file).cast(), jpeg_free);
                opj_stream_set_write_function(stream, jpeg_write);
                opj_stream_set_skip_function(stream, jpeg_skip);
                opj_stream_set_seek_function(stream, jpeg_seek);
                let mut encoder = Encoder { image, stream, codec: opj_create_compress(2), started: false };
                let mut parameters = Box::new([0_u64; 8_192]);
                opj_set_default_encoder_parameters(parameters.as_mut_ptr().cast());
                assert_eq!(opj_setup_encoder(encoder.codec, parameters.as_mut_ptr().cast(), image), 1);
                let started = opj_start_compress(encoder.codec, image, stream);
                encoder.started = started == 1;
                encoder
            };
            let good = start("good", 1 << 16);
            assert_eq!(opj_encode(good.codec, good.stream), 1);
            let buffered = size("good");
            good.close().unwrap();
            seen.success(1);
            seen.waits("writes what is buffered", buffered < 1_000 && size("good") > 3_000);
            seen.order("the end, the codec, the stream, which frees the data of its callbacks: no field for that", opened("good") == 0);
            let full = start("full", 1 << 16);
            let (encoded, closed) = no_room(2_000, || (opj_encode(full.codec, full.stream), full.close()));
            seen.failure(code(closed), "no room");
            seen.consumed("the descriptor is closed", opened("full") == 0);
            let mut left = start("left", 1 << 16);
            assert_eq!(opj_encode(left.codec, left.stream), 1);
            left.started = false;
            left.close().unwrap();
            seen.loses("the end without `opj_end_compress`; `opj_encode` is 1 for what it only buffers", encoded == 1 && size("left") < 1_000);
            let earlier = start("earlier", 512);
            assert_eq!(no_room(2_000, || opj_encode(earlier.codec, earlier.stream)), 0);
            seen.failure(code(earlier.close()), "also of what an `opj_encode` before it could not write");
            opj_destroy_codec(NULL);
            opj_stream_destroy(NULL);
            opj_image_destroy(ptr::null_mut());
            seen.null("accepted", true);
        }
    }
}
