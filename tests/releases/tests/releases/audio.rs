//! Sound: files, codecs, devices.

use std::ffi::{CString, c_char, c_int, c_long, c_uint, c_ulong};
use std::io::Write;
use std::{env, fs, mem, ptr, slice};

use dispose_core::{Close, Dispose, status};
use dispose_releases::libc::{self, FILE};
use dispose_releases::provoke::*;
use dispose_releases::{NULL, P, library, row, text};

library! {
    SNDFILE "libsndfile" in "libsndfile.so.1";
    version text(sf_version_string()).trim_start_matches("libsndfile-").to_owned();
    fn sf_version_string() -> *const c_char;
    fn sf_open(path: *const c_char, mode: c_int, info: *mut SoundInfo) -> P;
    fn sf_write_short(file: P, samples: *const i16, count: i64) -> i64;
    fn sf_close(file: P) -> c_int;
}

/// An `SF_INFO`.
#[repr(C)]
struct SoundInfo {
    frames: i64,
    rate: c_int,
    channels: c_int,
    format: c_int,
    sections: c_int,
    seekable: c_int,
}

/// A sound file that has got 3,000 samples.
fn sound(name: &str, format: c_int) -> P {
    let mut info =
        SoundInfo { frames: 0, rate: 8_000, channels: 1, format, sections: 0, seekable: 0 };
    unsafe {
        let file = sf_open(scratch_c(name).as_ptr(), 0x20, &raw mut info);
        assert!(!file.is_null());
        let samples: Vec<i16> = (0..3_000_i16).map(|at| at.wrapping_mul(7_919)).collect();
        assert_eq!(sf_write_short(file, samples.as_ptr(), 3_000), 3_000);
        file
    }
}

const VORBIS: c_int = 0x0020_0060;

/// How many samples the file has.
fn frames(name: &str) -> i64 {
    let mut info =
        SoundInfo { frames: 0, rate: 0, channels: 0, format: 0, sections: 0, seekable: 0 };
    unsafe {
        let file = sf_open(scratch_c(name).as_ptr(), 0x10, &raw mut info);
        if file.is_null() {
            return -1;
        }
        sf_close(file);
        info.frames
    }
}

row! {
    sound_file SNDFILE "file that is written" "sf_close"
    {
        #[derive(Close)]
        struct Sound {
            #[unmanaged(unsafe(release = sf_close), check = status::zero)]
            file: P,
        }
    }
    |seen| {
        unsafe {
            seen.success(sf_close(sound("good", VORBIS)));
            assert_eq!(frames("good"), 3_000);
            let file = sound("lost", VORBIS);
            let before = size("lost");
            let status = no_room(before, || Sound { file }.close());
            seen.loses("the end, without room, and returns 0: read it back if it matters", status.is_ok() && frames("lost") < 3_000);
            seen.waits("encodes and writes the end", size("good") > before);
            seen.null("0", sf_close(NULL) == 0);
        }
    }
}

library! {
    VORBIS_FILE "libvorbisfile" in "libvorbisfile.so.3";
    version VORBIS_FILE.file_version();
    fn ov_open(file: *mut FILE, this: P, initial: P, len: c_long) -> c_int;
    fn ov_clear(this: P) -> c_int;
}

row! {
    vorbis_file VORBIS_FILE "`OggVorbis_File`" "ov_clear"
    {
        #[derive(Close)]
        struct Vorbis {
            #[unmanaged(unsafe(release = |mut this: Box<[u64; 512]>| ov_clear(this.as_mut_ptr().cast())), check = status::zero)]
            this: Option<Box<[u64; 512]>>,
        }
    }
    |seen| {
        unsafe {
            sf_close(sound("sound", VORBIS));
            let open = |path: &std::ffi::CStr| {
                let file = libc::fopen(path.as_ptr(), c"r".as_ptr());
                let mut this = Box::new([0; 512]);
                (ov_open(file, this.as_mut_ptr().cast(), NULL, 0), libc::fileno(file), this, file)
            };
            let (opened, fd, this, _) = open(&scratch_c("sound"));
            assert_eq!(opened, 0);
            Vorbis { this: Some(this) }.close().unwrap();
            seen.success(0);
            let closed = !is_open(fd);
            let (opened, fd, _, file) = open(c"/dev/zero");
            seen.order("it owns the `FILE` once `ov_open` has succeeded, and not before", closed && opened < 0 && is_open(fd));
            libc::fclose(file);
            seen.null("0, of all zeros", ov_clear([0_u64; 512].as_mut_ptr().cast()) == 0);
        }
    }
}

library! {
    FLAC "libFLAC" in "libFLAC.so.12";
    version text(*FLAC.symbol("FLAC__VERSION_STRING").cast::<*const c_char>());
    fn FLAC__stream_encoder_new() -> P;
    fn FLAC__stream_encoder_init_file(encoder: P, path: *const c_char, progress: P, data: P) -> c_int;
    fn FLAC__stream_encoder_process_interleaved(encoder: P, samples: *const i32, count: c_uint) -> c_int;
    fn FLAC__stream_encoder_finish(encoder: P) -> c_int;
    fn FLAC__stream_encoder_delete(encoder: P);
}

row! {
    flac FLAC "encoder" "FLAC__stream_encoder_finish, FLAC__stream_encoder_delete"
    {
        #[derive(Close)]
        struct Encoder {
            #[unmanaged(check = status::positive, unsafe(release = |encoder| {
                let finished = FLAC__stream_encoder_finish(encoder);
                FLAC__stream_encoder_delete(encoder);
                finished
            }))]
            encoder: P,
        }
    }
    |seen| {
        unsafe {
            let start = |name: &str| {
                let encoder = FLAC__stream_encoder_new();
                assert_eq!(FLAC__stream_encoder_init_file(encoder, scratch_c(name).as_ptr(), NULL, NULL), 0);
                let samples: Vec<i32> = (0..2_000_i32).map(|at| at * 7_919 % 30_000).collect();
                assert_eq!(FLAC__stream_encoder_process_interleaved(encoder, samples.as_ptr(), 1_000), 1);
                encoder
            };
            Encoder { encoder: start("good") }.close().unwrap();
            seen.success(1);
            seen.waits("writes what is buffered", size("good") > 1_000);
            let encoder = start("full");
            let first = no_room(100, || FLAC__stream_encoder_finish(encoder));
            seen.failure(first, "no room");
            seen.means("a second call returns 1: only the first result counts", FLAC__stream_encoder_finish(encoder) == 1);
            FLAC__stream_encoder_delete(encoder);
            let encoder = start("lost");
            no_room(100, || FLAC__stream_encoder_delete(encoder));
            seen.loses("`FLAC__stream_encoder_delete` alone finishes too, and returns nothing", size("lost") < size("good"));
            let encoder = start("reported");
            let before = descriptors();
            assert_eq!(code(no_room(100, || Encoder { encoder }.close())), 0);
            seen.consumed("the descriptor is closed", descriptors() == before - 1);
        }
    }
}

library! {
    SAMPLERATE "libsamplerate" in "libsamplerate.so.0";
    version SAMPLERATE.file_version();
    fn src_new(kind: c_int, channels: c_int, error: *mut c_int) -> P;
    fn src_delete(state: P) -> P;
}

row! {
    resampler SAMPLERATE "converter" "src_delete"
    {
        #[derive(Close)]
        struct Converter {
            #[unmanaged(unsafe(release = src_delete), check = status::ignore)]
            state: P,
        }
    }
    |seen| {
        unsafe {
            let returned = src_delete(src_new(2, 1, &mut 0));
            assert!(returned.is_null());
            seen.success("always null, which means nothing");
            seen.null("accepted", src_delete(NULL).is_null());
            let state = src_new(2, 1, &mut 0);
            assert!(freed(|| Converter { state }.close().unwrap()) > 100);
        }
    }
}

library! {
    OPENAL "OpenAL Soft" in "libopenal.so.1";
    version OPENAL.file_version();
    fn alcOpenDevice(name: *const c_char) -> P;
    fn alcCreateContext(device: P, attributes: P) -> P;
    fn alcMakeContextCurrent(context: P) -> c_char;
    fn alcDestroyContext(context: P);
    fn alcCloseDevice(device: P) -> c_char;
    fn alcGetError(device: P) -> c_int;
    fn alGenBuffers(count: c_int, buffers: *mut c_uint);
    fn alBufferData(buffer: c_uint, format: c_int, bytes: *const u8, len: c_int, rate: c_int);
    fn alIsBuffer(buffer: c_uint) -> c_char;
    fn alDeleteBuffers(count: c_int, buffers: *const c_uint);
    fn alGenSources(count: c_int, sources: *mut c_uint);
    fn alSourcei(source: c_uint, what: c_int, value: c_int);
    fn alDeleteSources(count: c_int, sources: *const c_uint);
    fn alGetError() -> c_int;
}

/// A device that plays nowhere, and its context, current.
fn openal() -> (P, P) {
    unsafe {
        env::set_var("ALSOFT_DRIVERS", "null");
        let device = alcOpenDevice(ptr::null());
        let context = alcCreateContext(device, NULL);
        assert_eq!(alcMakeContextCurrent(context), 1);
        (device, context)
    }
}

row! {
    al_buffers OPENAL "buffers" "alDeleteBuffers"
    {
        #[derive(Dispose)]
        struct Buffers {
            #[unmanaged(each, invalid = 0, on_error = keep, check = status::zero, unsafe(release = |buffer| {
                alDeleteBuffers(1, &buffer);
                alGetError()
            }))]
            buffers: Vec<c_uint>,
            #[unmanaged(each, invalid = 0, on_error = keep, check = status::zero, unsafe(release = |source| {
                alDeleteSources(1, &source);
                alGetError()
            }))]
            sources: Vec<c_uint>,
        }
    }
    |seen| {
        unsafe {
            let (device, context) = openal();
            let (mut buffers, mut sources) = (vec![0; 2], vec![0]);
            alGenBuffers(2, buffers.as_mut_ptr());
            alGenSources(1, sources.as_mut_ptr());
            alBufferData(buffers[0], 0x1101, [0; 100].as_ptr(), 100, 8_000);
            alSourcei(sources[0], 0x1009, buffers[0].cast_signed());
            assert_eq!(alGetError(), 0);
            alDeleteBuffers(2, buffers.as_ptr());
            seen.failure(format!("{:#x}", alGetError()), "of `alGetError`, a source uses one");
            let all = buffers.iter().all(|buffer| alIsBuffer(*buffer) == 1);
            seen.kept("all of the list: one at a time", all);
            let mut owner = Buffers { buffers: buffers.clone(), sources: Vec::new() };
            assert_eq!(owner.dispose().unwrap_err().len(), 1);
            let one = buffers.iter().filter(|buffer| alIsBuffer(**buffer) == 1).count() == 1;
            owner.sources = sources;
            let done = owner.dispose().is_ok();
            seen.order("sources first; its context is current", one && done);
            seen.void();
            seen.success("0 of `alGetError`");
            alDeleteBuffers(1, &0);
            seen.null("0 accepted", alGetError() == 0);
            alcMakeContextCurrent(NULL);
            alcDestroyContext(context);
            assert_eq!(alcCloseDevice(device), 1);
        }
    }
}

row! {
    al_device OPENAL "device, context" "alcCloseDevice, alcDestroyContext"
    {
        #[derive(Close)]
        struct Device {
            #[unmanaged(unsafe(release = alcCloseDevice), check = status::positive)]
            device: P,
            #[unmanaged(unsafe(release = |context| {
                alcMakeContextCurrent(NULL);
                alcDestroyContext(context);
            }))]
            context: P,
        }
    }
    |seen| {
        unsafe {
            let before = threads();
            let (device, context) = openal();
            Device { device, context }.close().unwrap();
            seen.success(1);
            seen.waits("for its threads", comes(|| threads() == before));
            let (device, _) = openal();
            let closed = alcCloseDevice(device) == 1 && comes(|| threads() == before);
            seen.loses("1 although a context is left: no error shows that the order was wrong", closed);
            seen.order("contexts first", closed);
            seen.null("0", alcCloseDevice(NULL) == 0);
        }
    }
}

library! {
    PORTAUDIO "PortAudio" in "libportaudio.so.2";
    version text(Pa_GetVersionText()).split([' ', ',']).nth(1).unwrap().to_owned();
    fn Pa_GetVersionText() -> *const c_char;
    fn Pa_Initialize() -> c_int;
    fn Pa_GetDeviceCount() -> c_int;
    fn Pa_Terminate() -> c_int;
}

row! {
    portaudio PORTAUDIO "library" "Pa_Terminate"
    {
        #[derive(Close)]
        struct Library {
            #[unmanaged(unsafe(release = |()| Pa_Terminate()), check = status::zero)]
            started: Option<()>,
        }
    }
    |seen| {
        unsafe {
            assert_eq!((Pa_Initialize(), Pa_Initialize()), (0, 0));
            Library { started: Some(()) }.close().unwrap();
            seen.success(0);
            seen.order("counted: the last one ends it", Pa_GetDeviceCount() >= 0);
            Library { started: Some(()) }.close().unwrap();
            seen.failure(code(Library { started: Some(()) }.close()), "not started");
        }
    }
}

library! {
    ALSA "ALSA" in "libasound.so.2";
    version text(snd_asoundlib_version());
    fn snd_asoundlib_version() -> *const c_char;
    fn snd_pcm_open(pcm: *mut P, name: *const c_char, stream: c_int, mode: c_int) -> c_int;
    fn snd_pcm_set_params(pcm: P, format: c_int, access: c_int, channels: c_uint, rate: c_uint, resample: c_int, latency: c_uint) -> c_int;
    fn snd_pcm_writei(pcm: P, samples: *const i16, frames: c_ulong) -> c_long;
    fn snd_pcm_drain(pcm: P) -> c_int;
    fn snd_pcm_close(pcm: P) -> c_int;
}

row! {
    alsa_pcm ALSA "PCM (into a file)" "snd_pcm_close"
    {
        #[derive(Close)]
        struct Output {
            #[unmanaged(unsafe(release = snd_pcm_close), check = status::non_negative)]
            pcm: P,
        }
    }
    |seen| {
        unsafe {
            let open = |path: &str| {
                let (mut pcm, name) = (ptr::null_mut(), CString::new(format!("file:'{path}',raw")).unwrap());
                assert_eq!(snd_pcm_open(&raw mut pcm, name.as_ptr(), 0, 0), 0);
                assert_eq!(snd_pcm_set_params(pcm, 2, 3, 1, 8_000, 1, 500_000), 0);
                assert_eq!(snd_pcm_writei(pcm, [7; 1_000].as_ptr(), 1_000), 1_000);
                pcm
            };
            let good = scratch("good.raw");
            Output { pcm: open(good.to_str().unwrap()) }.close().unwrap();
            seen.success(0);
            seen.waits("writes what is buffered", size("good.raw") == 2_000);
        }
    }
}

library! {
    PULSE "libpulse" in "libpulse.so.0";
    version text(pa_get_library_version());
    fn pa_get_library_version() -> *const c_char;
    fn pa_threaded_mainloop_new() -> P;
    fn pa_threaded_mainloop_get_api(r#loop: P) -> P;
    fn pa_threaded_mainloop_start(r#loop: P) -> c_int;
    fn pa_threaded_mainloop_free(r#loop: P);
    fn pa_context_new(api: P, name: *const c_char) -> P;
    fn pa_context_ref(context: P) -> P;
    fn pa_context_unref(context: P);
}

row! {
    pulse_loop PULSE "threaded main loop, context" "pa_threaded_mainloop_free, pa_context_unref"
    {
        #[derive(Close)]
        struct Client {
            #[unmanaged(unsafe(release = pa_threaded_mainloop_free))]
            main: P,
            #[unmanaged(unsafe(release = pa_context_unref))]
            context: P,
        }
    }
    |seen| {
        unsafe {
            let before = (threads(), descriptors());
            let main = pa_threaded_mainloop_new();
            let context = pa_context_new(pa_threaded_mainloop_get_api(main), c"test".as_ptr());
            assert_eq!(pa_threaded_mainloop_start(main), 0);
            assert!(comes(|| threads() == before.0 + 1));
            Client { main, context }.close().unwrap();
            seen.void();
            let ended = threads() == before.0 && descriptors() <= before.1 + 2;
            seen.waits("for its thread", ended);
            seen.order("contexts first", ended);
        }
    }
}

library! {
    MPG123 "libmpg123" in "libmpg123.so.0";
    version MPG123.file_version();
    fn mpg123_init() -> c_int;
    fn mpg123_new(decoder: *const c_char, error: *mut c_int) -> P;
    fn mpg123_open(handle: P, path: *const c_char) -> c_int;
    fn mpg123_open_fd(handle: P, fd: c_int) -> c_int;
    fn mpg123_close(handle: P) -> c_int;
    fn mpg123_delete(handle: P);
}

row! {
    mpg123 MPG123 "decoder" "mpg123_delete"
    {
        #[derive(Close)]
        struct Decoder {
            #[unmanaged(unsafe(release = mpg123_delete))]
            handle: P,
        }
    }
    |seen| {
        unsafe {
            assert_eq!(mpg123_init(), 0);
            let before = descriptors();
            let handle = mpg123_new(ptr::null(), &mut 0);
            assert_eq!(mpg123_open(handle, c"/dev/zero".as_ptr()), 0);
            assert_eq!(descriptors(), before + 1);
            Decoder { handle }.close().unwrap();
            seen.void();
            let closed = descriptors() == before;
            let fd = libc::open(c"/dev/zero".as_ptr(), libc::O_RDONLY);
            let handle = mpg123_new(ptr::null(), &mut 0);
            assert_eq!(mpg123_open_fd(handle, fd), 0);
            Decoder { handle }.close().unwrap();
            seen.order("closes what `mpg123_open` opened, and not the descriptor of `mpg123_open_fd`", closed && is_open(fd));
            mpg123_delete(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    AVFORMAT "FFmpeg (libavformat)" in "libavformat.so.59";
    version { let version = avformat_version(); format!("{}.{}.{}", version >> 16, version >> 8 & 255, version & 255) };
    fn avformat_version() -> c_uint;
    fn avio_open(context: *mut P, url: *const c_char, flags: c_int) -> c_int;
    fn avio_write(context: P, bytes: *const u8, len: c_int);
    fn avio_close(context: P) -> c_int;
}

row! {
    avio AVFORMAT "`AVIOContext`" "avio_close"
    {
        #[derive(Close)]
        struct Output {
            #[unmanaged(unsafe(release = avio_close), check = status::non_negative)]
            context: P,
        }
    }
    |seen| {
        unsafe {
            let write = |path: &std::ffi::CStr, len: i32| {
                let mut context = NULL;
                assert_eq!(avio_open(&raw mut context, path.as_ptr(), 2), 0);
                avio_write(context, vec![7; 200_000].as_ptr(), len);
                context
            };
            Output { context: write(&scratch_c("good"), 5) }.close().unwrap();
            seen.success(0);
            seen.waits("writes what is buffered", size("good") == 5);
            let before = descriptors();
            seen.failure(code(Output { context: write(c"/dev/full", 5) }.close()), "the negative of `ENOSPC`");
            seen.consumed("the descriptor is closed", descriptors() == before);
            let sticky = code(Output { context: write(c"/dev/full", 200_000) }.close());
            seen.means("unlike `fclose` it also reports an earlier write that failed", sticky == -28);
            seen.null("0", avio_close(NULL) == 0);
        }
    }
}

library! {
    GST "GStreamer" in "libgstreamer-1.0.so.0";
    version { let (mut a, mut b, mut c, mut d) = (0, 0, 0, 0); gst_version(&mut a, &mut b, &mut c, &mut d); format!("{a}.{b}.{c}") };
    fn gst_version(major: *mut c_uint, minor: *mut c_uint, micro: *mut c_uint, nano: *mut c_uint);
    fn gst_init(count: P, words: P);
    fn gst_parse_launch(text: *const c_char, error: *mut P) -> P;
    fn gst_element_set_state(element: P, state: c_int) -> c_int;
    fn gst_element_get_state(element: P, state: *mut c_int, pending: *mut c_int, patience: u64) -> c_int;
    fn gst_object_unref(object: P);
}

row! {
    gst_pipeline GST "pipeline" "gst_element_set_state, gst_object_unref"
    {
        #[derive(Close)]
        struct Pipeline {
            #[unmanaged(check = status::positive, unsafe(release = |pipeline| {
                let stopped = gst_element_set_state(pipeline, 1); // GST_STATE_NULL
                gst_object_unref(pipeline);
                stopped
            }))]
            pipeline: P,
        }
    }
    |seen| {
        unsafe {
            env::set_var("GST_REGISTRY", scratch("registry"));
            gst_init(NULL, NULL);
            let start = |text: &std::ffi::CStr| {
                let mut error = NULL;
                let pipeline = gst_parse_launch(text.as_ptr(), &raw mut error);
                assert!(error.is_null());
                let started = gst_element_set_state(pipeline, 4);
                assert!(started == 1 || started == 2, "{started}");
                assert_eq!(gst_element_get_state(pipeline, &mut 0, &mut 0, 5_000_000_000), 1);
                pipeline
            };
            let before = threads();
            let pipeline = start(c"fakesrc is-live=true ! fakesink");
            let running = comes(|| threads() > before);
            let stopped = gst_element_set_state(pipeline, 1);
            seen.success(format!("{stopped} (also 2 and 3)"));
            gst_object_unref(pipeline);
            seen.waits("for its streaming threads", running);
            let name = CString::new(format!("fakesrc sizetype=2 sizemax=10 num-buffers=-1 is-live=true ! filesink location={}", scratch("file").display())).unwrap();
            let pipeline = start(&name);
            assert_eq!(opened("file"), 1);
            Pipeline { pipeline }.close().unwrap();
            seen.order("the state before the reference", opened("file") == 0);
            let failed = gst_element_set_state(NULL, 1);
            seen.null(&format!("{failed}, an error"), failed == 0);
        }
    }
}

library! {
    AO "libao" in "libao.so.4";
    version AO.file_version();
    fn ao_initialize();
    fn ao_shutdown();
    fn ao_driver_id(name: *const c_char) -> c_int;
    fn ao_open_file(driver: c_int, path: *const c_char, overwrite: c_int, format: *mut AoFormat, options: P) -> P;
    fn ao_play(device: P, samples: *const u8, len: c_uint) -> c_int;
    fn ao_close(device: P) -> c_int;
}

/// An `ao_sample_format`.
#[repr(C)]
struct AoFormat {
    bits: c_int,
    rate: c_int,
    channels: c_int,
    order: c_int,
    matrix: P,
}

row! {
    ao AO "library, file" "ao_close, ao_shutdown"
    {
        #[derive(Close)]
        struct Player {
            #[unmanaged(unsafe(release = |()| ao_shutdown()))]
            library: Option<()>,
            #[unmanaged(check = status::one, unsafe(release = |device| {
                let closed = ao_close(device);
                if self.failed { 0 } else { closed }
            }))]
            device: P,
            failed: bool,
        }
        impl Player {
            fn play(&mut self, samples: &[u8]) {
                let played = unsafe { ao_play(self.device, samples.as_ptr(), samples.len() as c_uint) };
                self.failed |= played != 1;
            }
        }
    }
    |seen| {
        unsafe {
            let open = |driver: &std::ffi::CStr, file: &str| {
                ao_initialize();
                let mut format = AoFormat { bits: 16, rate: 44100, channels: 2, order: 1, matrix: NULL };
                let device = ao_open_file(ao_driver_id(driver.as_ptr()), scratch_c(file).as_ptr(), 1, &mut format, NULL);
                let mut player = Player { library: Some(()), device, failed: false };
                player.play(&[1; 1000]);
                assert!(!player.failed);
                player
            };
            open(c"wav", "wav").close().unwrap();
            assert_eq!(size("wav"), 1068);
            seen.success(1);
            let full = open(c"wav", "full");
            let status = no_room(0, || code(full.close()));
            seen.failure(status, "of the driver `wav`, no room");
            seen.consumed("the descriptor is closed", opened("full") == 0);
            let mut earlier = open(c"wav", "earlier");
            no_room(0, || earlier.play(&[1; 100_000]));
            assert!(earlier.failed);
            assert_eq!(ao_close(std::mem::replace(&mut earlier.device, NULL)), 1);
            seen.loses("1 after an `ao_play` that failed", size("earlier") < 1000);
            let lost = [c"raw", c"au"].map(|driver| {
                let full = open(driver, "lost");
                no_room(0, || full.close()).is_ok() && size("lost") == 0
            });
            seen.not_so("the drivers differ: `raw` and `au` are 1 on a full device; read the size of the file back", lost == [true; 2]);
        }
    }
}

library! {
    OPUSENC "libopusenc" in "libopusenc.so.0";
    version text(ope_get_version_string()).trim_start_matches("libopusenc ");
    fn ope_get_version_string() -> *const c_char;
    fn ope_comments_create() -> P;
    fn ope_comments_destroy(comments: P);
    fn ope_encoder_create_file(path: *const c_char, comments: P, rate: i32, channels: c_int, family: c_int, error: *mut c_int) -> P;
    fn ope_encoder_write(encoder: P, samples: *const i16, len: c_int) -> c_int;
    fn ope_encoder_drain(encoder: P) -> c_int;
    fn ope_encoder_destroy(encoder: P);
}

row! {
    opusenc OPUSENC "encoder of a file" "ope_encoder_destroy"
    {
        #[derive(Close)]
        struct Encoder {
            #[unmanaged(check = status::zero, unsafe(release = |encoder| {
                let drained = ope_encoder_drain(encoder);
                ope_encoder_destroy(encoder);
                drained
            }))]
            encoder: P,
        }
    }
    |seen| {
        unsafe {
            let samples: Vec<i16> = (0..48_000).map(|i| (i * 7919 % 30_000) as i16).collect();
            let write = |encoder: &Encoder| ope_encoder_write(encoder.encoder, samples.as_ptr(), 48_000);
            let open = |file: &str| {
                let comments = ope_comments_create();
                let encoder = ope_encoder_create_file(scratch_c(file).as_ptr(), comments, 48_000, 1, 0, &mut 0);
                ope_comments_destroy(comments);
                Encoder { encoder }
            };
            seen.void();
            let good = open("good");
            assert_eq!(write(&good), 0);
            good.close().unwrap();
            assert!(size("good") > 1000);
            seen.order("its comments are copied: they may be released before it", true);
            let full = open("full");
            write(&full);
            let status = no_room(0, || code(full.close()));
            seen.failure(status, "of `ope_encoder_drain`, no room");
            seen.consumed("`ope_encoder_destroy` closes the descriptor", opened("full") == 0);
            let earlier = open("earlier");
            assert_eq!(write(&earlier), 0);
            while no_room(0, || write(&earlier)) == 0 {}
            let remembered = code(earlier.close());
            assert_eq!(remembered, -34);
            let lost = open("lost");
            write(&lost);
            no_room(0, || ope_encoder_destroy(std::mem::ManuallyDrop::new(lost).encoder));
            seen.loses("the error of a full device: `ope_encoder_drain` in the closure, which remembers an earlier one too", size("lost") == 0);
        }
    }
}

library! {
    SOX "SoX" in "libsox.so.3";
    version text(sox_version()).trim_start_matches('v');
    fn sox_version() -> *const c_char;
    fn sox_init() -> c_int;
    fn sox_open_write(path: *const c_char, signal: *const SoxSignal, encoding: P, kind: *const c_char, comments: P, overwrite: P) -> P;
    fn sox_write(format: P, samples: *const i32, len: usize) -> usize;
    fn sox_close(format: P) -> c_int;
}

/// A `sox_signalinfo_t`.
#[repr(C)]
struct SoxSignal {
    rate: f64,
    channels: c_uint,
    precision: c_uint,
    len: u64,
    factor: P,
}

row! {
    sox SOX "file that is written" "sox_close"
    {
        #[derive(Close)]
        struct Output {
            #[unmanaged(check = status::zero, unsafe(release = |format| {
                let closed = sox_close(format);
                if self.failed { -1 } else { closed }
            }))]
            format: P,
            failed: bool,
        }
        impl Output {
            fn write(&mut self, samples: &[i32]) {
                let written = unsafe { sox_write(self.format, samples.as_ptr(), samples.len()) };
                self.failed |= written != samples.len();
            }
        }
    }
    |seen| {
        unsafe {
            assert_eq!(sox_init(), 0);
            let open = |kind: &std::ffi::CStr| {
                let signal = SoxSignal { rate: 8_000.0, channels: 1, precision: 16, len: 0, factor: NULL };
                let name = scratch_c(kind.to_str().unwrap());
                let format = sox_open_write(name.as_ptr(), &signal, NULL, kind.as_ptr(), NULL, NULL);
                assert!(!format.is_null());
                Output { format, failed: false }
            };
            let write = |kind| {
                let mut output = open(kind);
                output.write(&[1 << 20; 1_000]);
                assert!(!output.failed);
                output
            };
            for (kind, len) in [(c"wav", 2_044), (c"au", 2_028), (c"raw", 2_000)] {
                write(kind).close().unwrap();
                assert_eq!(size(kind.to_str().unwrap()), len);
            }
            seen.success(0);
            let close = |output: Output| no_room(60, || sox_close(mem::ManuallyDrop::new(output).format));
            seen.failure(close(write(c"wav")), "of the format `wav`, no room");
            seen.failure(close(write(c"au")), "of the format `au`, the error number");
            seen.consumed("the descriptor is closed", opened("wav") + opened("au") == 0);
            let closed = close(write(c"raw"));
            seen.not_so("the formats differ: `raw` is 0 on a full device; read the size of the file back", closed == 0 && size("raw") == 60);
            let mut earlier = open(c"raw");
            no_room(60, || earlier.write(&[1 << 20; 10_000]));
            assert!(earlier.failed);
            assert_eq!(sox_close(mem::replace(&mut earlier.format, NULL)), 0);
            seen.loses("0 after a `sox_write` that failed: a `failed: bool`", size("raw") < 20_000);
        }
    }
}

library! {
    WAVPACK "WavPack" in "libwavpack.so.1";
    version text(WavpackGetLibraryVersionString());
    fn WavpackGetLibraryVersionString() -> *const c_char;
    fn WavpackOpenFileOutput(output: extern "C" fn(P, *const u8, u32) -> c_int, data: P, correction: P) -> P;
    fn WavpackSetConfiguration64(encoder: P, configuration: *mut PackConfiguration, samples: i64, channels: P) -> c_int;
    fn WavpackPackInit(encoder: P) -> c_int;
    fn WavpackPackSamples(encoder: P, samples: *mut i32, count: u32) -> c_int;
    fn WavpackFlushSamples(encoder: P) -> c_int;
    fn WavpackCloseFile(encoder: P) -> P;
}

/// A `WavpackConfig`.
#[repr(C)]
#[derive(Default)]
struct PackConfiguration {
    rates: [f32; 2],
    bits: c_int,
    bytes: c_int,
    modes: [c_int; 3],
    channels: c_int,
    exponent: c_int,
    block: i32,
    extra: i32,
    rate: i32,
    mask: i32,
    sum: [u8; 17],
    tags: (c_int, usize),
}

/// Writes a block to a file, which is the data.
extern "C" fn write_block(file: P, block: *const u8, len: u32) -> c_int {
    let written = unsafe {
        let block = slice::from_raw_parts(block, len as usize);
        (*file.cast::<fs::File>()).write_all(block)
    };
    c_int::from(written.is_ok())
}

row! {
    wavpack WAVPACK "encoder" "WavpackFlushSamples, WavpackCloseFile"
    {
        #[derive(Close)]
        struct Encoder {
            // Set by the methods.
            failed: bool,
            #[unmanaged(check = status::one, unsafe(release = |encoder| {
                let flushed = WavpackFlushSamples(encoder);
                WavpackCloseFile(encoder);
                if self.failed { 0 } else { flushed }
            }))]
            encoder: P,
            // Dropped after it.
            sink: Box<fs::File>,
        }
    }
    |seen| {
        unsafe {
            let mut samples: Vec<i32> = (0..10_000_i32).map(|at| at * 7_919 % 20_000).collect();
            let mut start = |name: &str, times: i64| {
                let mut sink = Box::new(fs::File::create(scratch(name)).unwrap());
                let encoder = WavpackOpenFileOutput(write_block, (&raw mut *sink).cast(), NULL);
                let mut configuration = PackConfiguration { bits: 16, bytes: 2, channels: 1, mask: 4, rate: 8_000, ..Default::default() };
                assert_eq!(WavpackSetConfiguration64(encoder, &mut configuration, times * 10_000, NULL), 1);
                assert_eq!(WavpackPackInit(encoder), 1);
                let packed: Vec<_> = (0..times).map(|_| WavpackPackSamples(encoder, samples.as_mut_ptr(), 10_000)).collect();
                (Encoder { failed: packed.contains(&0), sink, encoder }, packed)
            };
            let (good, _) = start("good", 1);
            let buffered = size("good");
            good.close().unwrap();
            seen.success(1);
            seen.waits("writes what is buffered", buffered == 0 && size("good") > 10_000);
            let (mut closed, _) = start("closed", 1);
            let nothing = WavpackCloseFile(mem::replace(&mut closed.encoder, NULL));
            assert!(nothing.is_null());
            seen.order("what the blocks go to is the caller's, released after it", opened("closed") == 1);
            closed.close().unwrap();
            seen.loses("all that is buffered, without `WavpackFlushSamples`", size("closed") == 0);
            let (full, _) = start("full", 1);
            let first = no_room(100, || WavpackFlushSamples(full.encoder));
            seen.failure(first, "no room");
            let second = WavpackFlushSamples(full.encoder);
            full.close().unwrap();
            seen.not_so("0 comes once: a second flush is 1, and what the first could not write is lost: never keep", second == 1 && size("full") == 100);
            let (earlier, packed) = no_room(100, || start("earlier", 20));
            let last = *packed.last().unwrap() == 1 && WavpackFlushSamples(earlier.encoder) == 1;
            seen.loses("also 1 after a `WavpackPackSamples` that failed: a `failed: bool`", packed.contains(&0) && last);
            assert_eq!(code(earlier.close()), 0);
            let (reported, _) = start("reported", 1);
            let mut closed = Ok(());
            let back = freed(|| closed = no_room(100, || reported.close()));
            assert_eq!(code(closed), 0);
            seen.consumed("the memory is freed", back > 10_000 && opened("reported") == 0);
        }
    }
}
