//! Cryptography, tokens and identities.

use std::ffi::{CString, c_char, c_int, c_long, c_uint, c_ulong, c_void};
use std::net::TcpListener;
use std::os::fd::IntoRawFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::{env, fs, mem, ptr};

use dispose_core::{Close, Dispose, status};
use dispose_releases::libc;
use dispose_releases::provoke::*;
use dispose_releases::{NULL, P, library, missing, row, text};

library! {
    OPENSSL "OpenSSL" in "libcrypto.so.3";
    version text(OpenSSL_version(0)).split(' ').nth(1).unwrap().to_owned();
    fn OpenSSL_version(what: c_int) -> *const c_char;
    fn BIO_new_file(path: *const c_char, mode: *const c_char) -> P;
    fn BIO_new_socket(fd: c_int, close: c_int) -> P;
    fn BIO_f_buffer() -> P;
    fn BIO_new(method: P) -> P;
    fn BIO_push(filter: P, next: P) -> P;
    fn BIO_write(bio: P, bytes: *const u8, len: c_int) -> c_int;
    fn BIO_ctrl(bio: P, command: c_int, argument: c_long, data: P) -> c_long;
    fn BIO_free(bio: P) -> c_int;
    fn OSSL_PROVIDER_load(context: P, name: *const c_char) -> P;
    fn OSSL_PROVIDER_available(context: P, name: *const c_char) -> c_int;
    fn OSSL_PROVIDER_unload(provider: P) -> c_int;
    fn EVP_PKEY_new() -> P;
    fn EVP_PKEY_up_ref(key: P) -> c_int;
    fn EVP_PKEY_free(key: P);
}

row! {
    bio OPENSSL "`BIO`" "BIO_free"
    {
        #[derive(Close)]
        struct Chain {
            #[unmanaged(check = status::positive, unsafe(release = |sink| {
                let flushed = BIO_ctrl(sink, 11, 0, NULL); // BIO_flush
                BIO_free(sink);
                flushed
            }))]
            sink: P,
            #[unmanaged(check = status::positive, unsafe(release = |filter| {
                let flushed = BIO_ctrl(filter, 11, 0, NULL);
                BIO_free(filter);
                flushed
            }))]
            filter: P,
        }
    }
    |seen| {
        unsafe {
            let open = |path: &std::ffi::CStr| {
                let sink = BIO_new_file(path.as_ptr(), c"w".as_ptr());
                let filter = BIO_push(BIO_new(BIO_f_buffer()), sink);
                assert_eq!(BIO_write(filter, b"hello".as_ptr(), 5), 5);
                (sink, filter)
            };
            let (sink, filter) = open(&scratch_c("guessed"));
            seen.success(BIO_free(filter));
            assert_eq!(BIO_free(sink), 1);
            seen.loses("what a filter holds", size("guessed") == 0);
            let (sink, filter) = open(c"/dev/full");
            assert!(BIO_ctrl(filter, 11, 0, NULL) <= 0);
            assert_eq!((BIO_free(filter), BIO_write(sink, b"hello".as_ptr(), 5)), (1, 5));
            seen.loses("the error of a file: flush in the closure, filters first", BIO_free(sink) == 1);
            let (sink, filter) = open(&scratch_c("good"));
            Chain { sink, filter }.close().unwrap();
            seen.order("filters before sinks", size("good") == 5);
            let (sink, filter) = open(c"/dev/full");
            let before = descriptors();
            let error = Chain { sink, filter }.close().unwrap_err();
            assert_eq!(error.first().path(), "filter");
            seen.failure(code(Err::<(), _>(error)), "of `BIO_flush`");
            seen.consumed("the descriptor is closed", descriptors() == before - 1);
            seen.null("0: no failure", BIO_free(NULL) == 0);
        }
    }
}

row! {
    provider OPENSSL "provider" "OSSL_PROVIDER_unload"
    {
        #[derive(Close)]
        struct Provider {
            #[unmanaged(unsafe(release = OSSL_PROVIDER_unload), check = status::positive)]
            provider: P,
        }
    }
    |seen| {
        unsafe {
            let name = c"null".as_ptr();
            let (first, second) = (OSSL_PROVIDER_load(NULL, name), OSSL_PROVIDER_load(NULL, name));
            assert_eq!(first, second);
            seen.success(OSSL_PROVIDER_unload(first));
            seen.order("loads are counted: it is there until the last one", OSSL_PROVIDER_available(NULL, name) == 1);
            Provider { provider: second }.close().unwrap();
            assert_eq!(OSSL_PROVIDER_available(NULL, name), 0);
        }
    }
}

row! {
    key OPENSSL "`EVP_PKEY`" "EVP_PKEY_free"
    {
        #[derive(Close)]
        struct Key {
            #[unmanaged(unsafe(release = EVP_PKEY_free))]
            key: P,
        }
    }
    |seen| {
        unsafe {
            let key = EVP_PKEY_new();
            assert_eq!(EVP_PKEY_up_ref(key), 1);
            let first = freed(|| EVP_PKEY_free(key));
            let second = freed(|| Key { key }.close().unwrap());
            seen.void();
            seen.order("counted: each owner releases one reference", first == 0 && second > 50);
            EVP_PKEY_free(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    SSL "OpenSSL (TLS)" in "libssl.so.3";
    version OPENSSL.version();
    fn TLS_client_method() -> P;
    fn SSL_CTX_new(method: P) -> P;
    fn SSL_CTX_free(context: P);
    fn SSL_new(context: P) -> P;
    fn SSL_get_SSL_CTX(session: P) -> P;
    fn SSL_set_bio(session: P, read: P, write: P);
    fn SSL_set_fd(session: P, fd: c_int) -> c_int;
    fn SSL_free(session: P);
}

row! {
    tls SSL "session, context" "SSL_free, SSL_CTX_free"
    {
        #[derive(Close)]
        struct Session {
            #[unmanaged(unsafe(release = SSL_CTX_free))]
            context: P,
            #[unmanaged(unsafe(release = SSL_free))]
            session: P,
        }
    }
    |seen| {
        unsafe {
            let socket = || UnixStream::pair().unwrap().0.into_raw_fd();
            let context = SSL_CTX_new(TLS_client_method());
            let session = SSL_new(context);
            let given = socket();
            let bio = BIO_new_socket(given, 1);
            SSL_set_bio(session, bio, bio);
            SSL_CTX_free(context);
            seen.void();
            seen.order("any: a session keeps its context", SSL_get_SSL_CTX(session) == context);
            SSL_free(session);
            seen.order("it owns the `BIO`s that it was given: they are not fields", !is_open(given));
            let context = SSL_CTX_new(TLS_client_method());
            let session = SSL_new(context);
            let fd = socket();
            assert_eq!(SSL_set_fd(session, fd), 1);
            Session { context, session }.close().unwrap();
            seen.order("but not the descriptor of `SSL_set_fd`", is_open(fd));
            SSL_free(NULL);
            SSL_CTX_free(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    GNUTLS "GnuTLS" in "libgnutls.so.30";
    version text(gnutls_check_version(ptr::null()));
    fn gnutls_check_version(least: *const c_char) -> *const c_char;
    fn gnutls_init(session: *mut P, flags: c_uint) -> c_int;
    fn gnutls_transport_set_int2(session: P, receive: c_int, send: c_int);
    fn gnutls_deinit(session: P);
    fn gnutls_x509_crt_init(certificate: *mut P) -> c_int;
    fn gnutls_x509_crt_deinit(certificate: P);
}

row! {
    gnutls_session GNUTLS "session" "gnutls_deinit"
    {
        #[derive(Close)]
        struct Session {
            #[unmanaged(unsafe(release = gnutls_deinit))]
            session: P,
        }
    }
    |seen| {
        unsafe {
            let mut session = ptr::null_mut();
            assert_eq!(gnutls_init(&raw mut session, 2), 0);
            let fd = UnixStream::pair().unwrap().0.into_raw_fd();
            gnutls_transport_set_int2(session, fd, fd);
            Session { session }.close().unwrap();
            seen.void();
            seen.order("before the descriptor, which it does not close", is_open(fd));
            gnutls_deinit(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    SODIUM "libsodium" in "libsodium.so.23";
    version text(sodium_version_string());
    fn sodium_version_string() -> *const c_char;
    fn sodium_init() -> c_int;
    fn sodium_malloc(len: usize) -> P;
    fn sodium_mprotect_noaccess(memory: P) -> c_int;
    fn sodium_free(memory: P);
}

row! {
    secret SODIUM "guarded memory" "sodium_free"
    {
        #[derive(Close)]
        struct Secret {
            #[unmanaged(unsafe(release = sodium_free))]
            memory: P,
        }
    }
    |seen| {
        unsafe {
            assert!(sodium_init() >= 0);
            let is_mapped = |at: P| libc::msync(at.map_addr(|at| at & !4095), 4096, libc::MS_ASYNC) == 0;
            let memory = sodium_malloc(32);
            assert!(is_mapped(memory) && sodium_mprotect_noaccess(memory) == 0);
            Secret { memory }.close().unwrap();
            seen.void();
            seen.order("also while it is protected from access", !is_mapped(memory));
            sodium_free(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    GCRYPT "libgcrypt" in "libgcrypt.so.20";
    version text(gcry_check_version(ptr::null()));
    fn gcry_check_version(least: *const c_char) -> *const c_char;
    fn gcry_md_open(digest: *mut P, algorithm: c_int, flags: c_uint) -> c_uint;
    fn gcry_md_write(digest: P, bytes: *const u8, len: usize);
    fn gcry_md_copy(to: *mut P, from: P) -> c_uint;
    fn gcry_md_read(digest: P, algorithm: c_int) -> *const u8;
    fn gcry_md_close(digest: P);
}

row! {
    digest GCRYPT "digest" "gcry_md_close"
    {
        #[derive(Close)]
        struct Digest {
            #[unmanaged(unsafe(release = gcry_md_close))]
            digest: P,
        }
    }
    |seen| {
        unsafe {
            let (mut first, mut copy) = (ptr::null_mut(), ptr::null_mut());
            assert_eq!(gcry_md_open(&raw mut first, 8, 0), 0);
            gcry_md_write(first, b"hello".as_ptr(), 5);
            assert_eq!(gcry_md_copy(&raw mut copy, first), 0);
            let gone = freed(|| Digest { digest: first }.close().unwrap());
            assert!(gone > 100);
            seen.void();
            seen.order("any: a copy is of its own", *gcry_md_read(copy, 8) == 0x2c);
            Digest { digest: copy }.close().unwrap();
            gcry_md_close(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    MBED "Mbed TLS (PSA)" in "libmbedcrypto.so.7";
    version { let mut version = [0; 9]; mbedtls_version_get_string(version.as_mut_ptr()); text(version.as_ptr()) };
    fn mbedtls_version_get_string(version: *mut c_char);
    fn psa_crypto_init() -> i32;
    fn psa_import_key(attributes: *const [u32; 16], bytes: *const u8, len: usize, key: *mut u32) -> i32;
    fn psa_export_key(key: u32, bytes: *mut u8, room: usize, len: *mut usize) -> i32;
    fn psa_close_key(key: u32) -> i32;
    fn psa_destroy_key(key: u32) -> i32;
}

row! {
    psa_key MBED "key" "psa_destroy_key, psa_close_key"
    {
        #[derive(Close)]
        struct Key {
            #[unmanaged(unsafe(release = psa_destroy_key), check = status::zero, invalid = 0)]
            key: u32,
        }
    }
    |seen| {
        unsafe {
            assert_eq!(psa_crypto_init(), 0);
            let import = || {
                let (mut attributes, mut key) = ([0; 16], 0);
                (attributes[0], attributes[3]) = (0x1001, 1); // raw data that may be exported
                assert_eq!(psa_import_key(&raw const attributes, [7; 16].as_ptr(), 16, &raw mut key), 0);
                key
            };
            let key = import();
            Key { key }.close().unwrap();
            seen.success(0);
            seen.failure(psa_destroy_key(key), "a second time");
            seen.null("0: 0", psa_destroy_key(0) == 0 && psa_close_key(0) == 0);
            let key = import();
            assert_eq!(psa_close_key(key), 0);
            let gone = psa_export_key(key, [0; 16].as_mut_ptr(), 16, &mut 0) == -136;
            seen.not_so("`psa_close_key` destroys a key that is not stored", gone);
        }
    }
}

library! {
    GSS "GSSAPI (MIT)" in "libgssapi_krb5.so.2";
    version GSS.file_version();
    fn gss_import_name(minor: *mut u32, text: *const GssBuffer, kind: P, name: *mut P) -> u32;
    fn gss_release_name(minor: *mut u32, name: *mut P) -> u32;
    fn gss_release_cred(minor: *mut u32, credential: *mut P) -> u32;
    fn gss_delete_sec_context(minor: *mut u32, context: *mut P, token: P) -> u32;
}

/// A `gss_buffer_desc`.
#[repr(C)]
struct GssBuffer {
    len: usize,
    bytes: *const u8,
}

row! {
    gss_name GSS "name" "gss_release_name"
    {
        #[derive(Close)]
        struct Name {
            #[unmanaged(unsafe(release = |mut name| gss_release_name(&mut 0, &mut name)), check = status::zero)]
            name: P,
        }
    }
    |seen| {
        unsafe {
            let import = || {
                let (mut name, text) = (ptr::null_mut(), GssBuffer { len: 9, bytes: b"host@here".as_ptr() });
                let kind = *GSS.symbol("GSS_C_NT_HOSTBASED_SERVICE").cast::<P>();
                assert_eq!(gss_import_name(&mut 0, &raw const text, kind, &raw mut name), 0);
                name
            };
            let mut name = import();
            seen.success(gss_release_name(&mut 0, &raw mut name));
            seen.null("0, and it writes null", name.is_null() && gss_release_name(&mut 0, &raw mut name) == 0);
            let mut none = ptr::null_mut();
            assert_eq!(gss_release_cred(&mut 0, &raw mut none), 0);
            let context = gss_delete_sec_context(&mut 0, &raw mut none, NULL);
            seen.null("not so `gss_delete_sec_context`, for which no context is an error", context != 0);
            Name { name: import() }.close().unwrap();
        }
    }
}

library! {
    NSS "NSS" in "libnss3.so";
    version text(NSS_GetVersion());
    fn NSS_GetVersion() -> *const c_char;
    fn NSS_NoDB_Init(path: *const c_char) -> c_int;
    fn NSS_IsInitialized() -> c_int;
    fn PK11_GetInternalKeySlot() -> P;
    fn PK11_FreeSlot(slot: P);
    fn PK11_KeyGen(slot: P, mechanism: c_ulong, parameter: P, size: c_int, data: P) -> P;
    fn PK11_FreeSymKey(key: P);
    fn NSS_Shutdown() -> c_int;
}

row! {
    nss NSS "library" "NSS_Shutdown"
    {
        #[derive(Close)]
        struct Nss {
            #[unmanaged(unsafe(release = |()| NSS_Shutdown()), check = status::zero)]
            started: Option<()>,
        }
    }
    |seen| {
        unsafe {
            assert_eq!(NSS_NoDB_Init(ptr::null()), 0);
            Nss { started: Some(()) }.close().unwrap();
            seen.success(0);
            assert_eq!(NSS_NoDB_Init(ptr::null()), 0);
            let slot = PK11_GetInternalKeySlot();
            assert!(!slot.is_null());
            seen.failure(code(Nss { started: Some(()) }.close()), "\"busy\", a slot is held");
            let gone = NSS_IsInitialized() == 0;
            seen.consumed("", gone);
            seen.not_so("\"busy\" reads like kept, and it is shut down", gone);
            seen.order("after everything else of it", gone);
        }
    }
}

library! {
    SOFTHSM "SoftHSM (PKCS #11)" in "/usr/lib/softhsm/libsofthsm2.so";
    version { let mut info = [0_u8; 88]; env::set_var("SOFTHSM2_CONF", scratch("softhsm.conf")); fs::write(scratch("softhsm.conf"), format!("directories.tokendir = {}\nlog.level = ERROR\n", scratch("").display())).unwrap(); C_Initialize(NULL); C_GetInfo(info.as_mut_ptr().cast()); C_Finalize(NULL); format!("{}.{}", info[80], info[81]) };
    fn C_Initialize(arguments: P) -> c_ulong;
    fn C_GetInfo(info: P) -> c_ulong;
    fn C_Finalize(reserved: P) -> c_ulong;
    fn C_GetSlotList(present: u8, slots: *mut c_ulong, count: *mut c_ulong) -> c_ulong;
    fn C_InitToken(slot: c_ulong, pin: *const u8, len: c_ulong, label: *const u8) -> c_ulong;
    fn C_OpenSession(slot: c_ulong, flags: c_ulong, data: P, notify: P, session: *mut c_ulong) -> c_ulong;
    fn C_Login(session: c_ulong, user: c_ulong, pin: *const u8, len: c_ulong) -> c_ulong;
    fn C_CloseSession(session: c_ulong) -> c_ulong;
}

row! {
    pkcs11 SOFTHSM "library, session" "C_Finalize, C_CloseSession"
    {
        #[derive(Close)]
        struct Session {
            #[unmanaged(unsafe(release = |()| C_Finalize(NULL)), check = status::zero)]
            library: Option<()>,
            #[unmanaged(unsafe(release = C_CloseSession), check = status::zero, invalid = 0)]
            session: c_ulong,
        }
    }
    |seen| {
        unsafe {
            assert_eq!(C_Initialize(NULL), 0);
            let (mut slots, mut count, mut label) = ([0; 8], 8, [b' '; 32]);
            assert_eq!(C_GetSlotList(0, slots.as_mut_ptr(), &raw mut count), 0);
            label[..4].copy_from_slice(b"test");
            assert_eq!(C_InitToken(slots[0], b"1234".as_ptr(), 4, label.as_ptr()), 0);
            count = 8;
            assert_eq!(C_GetSlotList(1, slots.as_mut_ptr(), &raw mut count), 0);
            let open = || {
                let mut session = 0;
                assert_eq!(C_OpenSession(slots[0], 6, NULL, NULL, &raw mut session), 0);
                session
            };
            let first = open();
            assert_eq!(C_Login(first, 0, b"1234".as_ptr(), 4), 0);
            let second = open();
            assert_eq!(C_CloseSession(first), 0);
            let still = C_Login(second, 0, b"1234".as_ptr(), 4);
            let still = still == 0x100; // logged in already
            assert_eq!(C_CloseSession(second), 0);
            seen.success(0);
            let third = open();
            let not = C_Login(third, 0, b"1234".as_ptr(), 4) == 0;
            seen.waits("the last session of a token logs out", still && not);
            seen.null("0 is not a session: an error", C_CloseSession(0) != 0);
            Session { library: Some(()), session: third }.close().unwrap();
            seen.failure(format!("{:#x}", C_CloseSession(third)), "after `C_Finalize`");
            seen.failure(format!("{:#x}", C_Finalize(NULL)), "a second `C_Finalize`");
        }
    }
}

library! {
    PAM "PAM" in "libpam.so.0";
    version PAM.file_version();
    fn pam_start(service: *const c_char, user: *const c_char, conversation: *const [P; 2], handle: *mut P) -> c_int;
    fn pam_set_item(handle: P, kind: c_int, item: *const c_void) -> c_int;
    fn pam_end(handle: P, status: c_int) -> c_int;
}

row! {
    pam PAM "transaction" "pam_end"
    {
        #[derive(Close)]
        struct Transaction {
            #[unmanaged(unsafe(release = |handle| pam_end(handle, self.last)), check = status::zero)]
            handle: P,
            last: c_int,
        }
    }
    |seen| {
        extern "C" fn talk() -> c_int {
            19
        }
        unsafe {
            let conversation = [talk as extern "C" fn() -> c_int as *const () as P, NULL];
            let mut handle = ptr::null_mut();
            assert_eq!(pam_start(c"other".as_ptr(), c"root".as_ptr(), &raw const conversation, &raw mut handle), 0);
            assert_eq!(pam_set_item(handle, 3, c"tty".as_ptr().cast()), 0);
            let gone = freed(|| Transaction { handle, last: 0 }.close().unwrap());
            assert!(gone > 500);
            seen.success(0);
            let status = pam_end(NULL, 0);
            seen.failure(status, "null");
            seen.null(&format!("{status}, an error"), status != 0);
        }
    }
}

library! {
    TCTI "tpm2-tss (TCTI)" in "libtss2-tctildr.so.0";
    version TCTI.file_version();
    fn Tss2_TctiLdr_Initialize(name: *const c_char, tcti: *mut P) -> u32;
    fn Tss2_TctiLdr_Finalize(tcti: *mut P);
}

library! {
    ESYS "tpm2-tss (ESYS)" in "libtss2-esys.so.0";
    version ESYS.file_version();
    fn Esys_Initialize(context: *mut P, tcti: P, version: P) -> u32;
    fn Esys_Finalize(context: *mut P);
    fn Esys_StartAuthSession(context: P, key: u32, bind: u32, a: u32, b: u32, c: u32, nonce: P, kind: u8, symmetric: *const [u16; 4], hash: u16, session: *mut u32) -> u32;
    fn Esys_FlushContext(context: P, object: u32) -> u32;
}

/// A TPM in software, which ends with the row.
struct Tpm(std::process::Child, u16);

impl Tpm {
    fn start() -> Self {
        // Two ports that are free together.
        let port = (20_000 + std::process::id() % 20_000..)
            .step_by(7)
            .filter_map(|port| u16::try_from(port).ok())
            .find(|port| {
                [*port, port + 1].iter().all(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
            })
            .unwrap();
        let state = scratch("tpm");
        fs::create_dir(&state).unwrap();
        let process = Command::new("swtpm")
            .args(["socket", "--tpm2", "--flags", "not-need-init,startup-clear", "--tpmstate"])
            .arg(format!("dir={}", state.display()))
            .args([
                "--server",
                &format!("type=tcp,port={port}"),
                "--ctrl",
                &format!("type=tcp,port={}", port + 1),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| missing(&format!("swtpm: {error}")));
        Self(process, port)
    }

    fn connect(&self) -> (P, P) {
        let name = CString::new(format!("swtpm:host=127.0.0.1,port={}", self.1)).unwrap();
        let (mut tcti, mut context) = (NULL, NULL);
        assert!(comes(|| unsafe { Tss2_TctiLdr_Initialize(name.as_ptr(), &raw mut tcti) } == 0));
        assert_eq!(unsafe { Esys_Initialize(&raw mut context, tcti, NULL) }, 0);
        (tcti, context)
    }
}

impl Drop for Tpm {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn session(context: P) -> Result<u32, u32> {
    let (mut session, none) = (0, 0xfff);
    let null = [0x10, 0, 0, 0];
    let status = unsafe {
        Esys_StartAuthSession(
            context,
            none,
            none,
            none,
            none,
            none,
            NULL,
            0,
            &raw const null,
            0xb,
            &raw mut session,
        )
    };
    if status == 0 { Ok(session) } else { Err(status) }
}

row! {
    tpm_session ESYS "session in a TPM, context" "Esys_FlushContext, Esys_Finalize"
    {
        #[derive(Close)]
        struct Session {
            #[unmanaged(unsafe(release = |mut tcti| Tss2_TctiLdr_Finalize(&mut tcti)))]
            tcti: P,
            #[unmanaged(unsafe(release = |mut context| Esys_Finalize(&mut context)))]
            context: P,
            #[unmanaged(unsafe(release = |session| Esys_FlushContext(self.context, session)), check = status::zero, invalid = 0xfff)]
            session: u32,
        }
    }
    |seen| {
        unsafe {
            let tpm = Tpm::start();
            let (mut tcti, mut context) = tpm.connect();
            let first = session(context).unwrap();
            seen.success(Esys_FlushContext(context, first));
            seen.failure(format!("{:#x}", Esys_FlushContext(context, first)), "a second time");
            seen.null(&format!("0xfff means none: {:#x}, an error", Esys_FlushContext(context, 0xfff)), Esys_FlushContext(context, 0xfff) != 0);
            let mut full = None;
            for _ in 0..10 {
                // Each by a client of its own, which only finalizes.
                full = session(context).err();
                if full.is_some() {
                    break;
                }
                Esys_Finalize(&raw mut context);
                Tss2_TctiLdr_Finalize(&raw mut tcti);
                (tcti, context) = tpm.connect();
            }
            seen.not_so("`Esys_Finalize` leaves it in the TPM, which is full after a few (0x903)", full == Some(0x903));
            drop(tpm);
            fs::remove_dir_all(scratch("tpm")).unwrap();
            let tpm = Tpm::start();
            let released = (0..10).all(|_| {
                let (tcti, context) = tpm.connect();
                Session { tcti, context, session: session(context).unwrap() }.close().is_ok()
            });
            seen.order("before its context, and that before the TCTI", released);
        }
    }
}

library! {
    KRB5 "MIT Kerberos" in "libkrb5.so.3";
    version KRB5.file_version();
    fn krb5_init_context(context: *mut P) -> i32;
    fn krb5_free_context(context: P);
    fn krb5_parse_name(context: P, name: *const c_char, principal: *mut P) -> i32;
    fn krb5_free_principal(context: P, principal: P);
    fn krb5_cc_resolve(context: P, name: *const c_char, cache: *mut P) -> i32;
    fn krb5_cc_initialize(context: P, cache: P, principal: P) -> i32;
    fn krb5_cc_get_principal(context: P, cache: P, principal: *mut P) -> i32;
    fn krb5_cc_close(context: P, cache: P) -> i32;
    fn krb5_cc_destroy(context: P, cache: P) -> i32;
}

row! {
    credentials KRB5 "context, cache of credentials" "krb5_cc_close, krb5_cc_destroy"
    {
        #[derive(Close)]
        struct Cache {
            #[unmanaged(unsafe(release = krb5_free_context))]
            context: P,
            #[unmanaged(unsafe(release = |cache| krb5_cc_close(self.context, cache)), check = status::zero)]
            cache: P,
        }
        #[derive(Close)]
        struct Temporary {
            #[unmanaged(unsafe(release = krb5_free_context))]
            context: P,
            #[unmanaged(unsafe(release = |cache| krb5_cc_destroy(self.context, cache)), check = status::zero)]
            cache: P,
        }
    }
    |seen| {
        unsafe {
            let open = |name: &str| {
                let (mut context, mut cache, mut principal) = (NULL, NULL, NULL);
                assert_eq!(krb5_init_context(&mut context), 0);
                let name = CString::new(name).unwrap();
                assert_eq!(krb5_cc_resolve(context, name.as_ptr(), &mut cache), 0);
                assert_eq!(krb5_parse_name(context, c"a@B".as_ptr(), &mut principal), 0);
                (context, cache, principal)
            };
            let initialized = |name: &str| {
                let (context, cache, principal) = open(name);
                assert_eq!(krb5_cc_initialize(context, cache, principal), 0);
                krb5_free_principal(context, principal);
                (context, cache)
            };
            let file = format!("FILE:{}", scratch("cache").display());
            let (context, cache) = initialized(&file);
            Cache { context, cache }.close().unwrap();
            seen.success(0);
            assert!(size("cache") > 0);
            let (context, cache) = initialized(&file);
            Temporary { context, cache }.close().unwrap();
            assert!(!scratch("cache").exists());
            let (context, cache) = initialized(&file);
            fs::remove_file(scratch("cache")).unwrap();
            let mut status = 0;
            let gives = freed(|| status = krb5_cc_destroy(context, cache));
            krb5_free_context(context);
            seen.failure(status, "of `krb5_cc_destroy`, the file is gone already");
            seen.consumed("the memory is freed", gives > 0);

            let there = |context, cache| {
                let mut principal = NULL;
                let got = krb5_cc_get_principal(context, cache, &mut principal) == 0;
                if got {
                    krb5_free_principal(context, principal);
                }
                got
            };
            let (context, cache) = initialized("MEMORY:named");
            Cache { context, cache }.close().unwrap();
            let (context, cache, principal) = open("MEMORY:named");
            krb5_free_principal(context, principal);
            seen.loses("nothing in `krb5_cc_close`: a cache in memory stays until `krb5_cc_destroy`", there(context, cache));
            let (other, second, principal) = open("MEMORY:named");
            krb5_free_principal(other, principal);
            Temporary { context: other, cache: second }.close().unwrap();
            let empty = !there(context, cache);
            Temporary { context, cache }.close().unwrap();
            seen.order("`krb5_cc_destroy` empties it for every other handle of the name; theirs are still to be released", empty);
        }
    }
}

library! {
    WOLFSSL "wolfSSL" in "libwolfssl.so.35";
    version text(wolfSSL_lib_version());
    fn wolfSSL_lib_version() -> *const c_char;
    fn wolfSSL_Init() -> c_int;
    fn wolfTLSv1_2_client_method() -> P;
    fn wolfTLSv1_2_server_method() -> P;
    fn wolfSSL_CTX_new(method: P) -> P;
    fn wolfSSL_CTX_set_cipher_list(context: P, list: *const c_char) -> c_int;
    fn wolfSSL_CTX_set_psk_client_callback(context: P, callback: extern "C" fn(P, P, *mut u8, c_uint, *mut u8, c_uint) -> c_uint);
    fn wolfSSL_CTX_set_psk_server_callback(context: P, callback: extern "C" fn(P, P, *mut u8, c_uint) -> c_uint);
    fn wolfSSL_CTX_free(context: P);
    fn wolfSSL_new(context: P) -> P;
    fn wolfSSL_set_fd(session: P, fd: c_int) -> c_int;
    fn wolfSSL_connect(session: P) -> c_int;
    fn wolfSSL_accept(session: P) -> c_int;
    fn wolfSSL_read(session: P, bytes: *mut u8, len: c_int) -> c_int;
    fn wolfSSL_get_error(session: P, status: c_int) -> c_int;
    fn wolfSSL_shutdown(session: P) -> c_int;
    fn wolfSSL_free(session: P);
}

/// A key that both sides know.
extern "C" fn client_key(
    _: P,
    _: P,
    identity: *mut u8,
    _: c_uint,
    key: *mut u8,
    _: c_uint,
) -> c_uint {
    unsafe { identity.copy_from(c"me".as_ptr().cast(), 3) };
    server_key(NULL, NULL, key, 0)
}

extern "C" fn server_key(_: P, _: P, key: *mut u8, _: c_uint) -> c_uint {
    unsafe { key.write_bytes(7, 16) };
    16
}

row! {
    wolfssl WOLFSSL "session, context" "wolfSSL_free, wolfSSL_CTX_free"
    {
        #[derive(Close)]
        struct Session {
            #[unmanaged(unsafe(release = wolfSSL_CTX_free))]
            context: P,
            #[unmanaged(unsafe(release = wolfSSL_free))]
            session: P,
            // Set by a handshake that succeeded.
            #[unmanaged(unsafe(release = |_| wolfSSL_shutdown(self.session)), check = status::non_negative, invalid = false)]
            connected: bool,
        }
    }
    |seen| {
        unsafe {
            assert_eq!(wolfSSL_Init(), 1);
            let ciphers = c"ECDHE-PSK-AES128-CBC-SHA256:DHE-PSK-AES128-GCM-SHA256";
            let new = |client: bool| {
                let context = wolfSSL_CTX_new(if client { wolfTLSv1_2_client_method() } else { wolfTLSv1_2_server_method() });
                if client {
                    wolfSSL_CTX_set_psk_client_callback(context, client_key);
                } else {
                    wolfSSL_CTX_set_psk_server_callback(context, server_key);
                }
                assert_eq!(wolfSSL_CTX_set_cipher_list(context, ciphers.as_ptr()), 1);
                Session { context, session: wolfSSL_new(context), connected: false }
            };
            let connect = || {
                let (near, far) = UnixStream::pair().unwrap();
                // Its last word: why the reading ended.
                let server = std::thread::spawn(move || {
                    let server = new(false);
                    wolfSSL_set_fd(server.session, std::os::fd::AsRawFd::as_raw_fd(&far));
                    assert_eq!(wolfSSL_accept(server.session), 1);
                    let read = wolfSSL_read(server.session, [0; 10].as_mut_ptr(), 10);
                    wolfSSL_get_error(server.session, read)
                });
                let mut client = new(true);
                wolfSSL_set_fd(client.session, std::os::fd::AsRawFd::as_raw_fd(&near));
                let connected = wolfSSL_connect(client.session);
                assert_eq!(connected, 1, "{}", wolfSSL_get_error(client.session, connected));
                client.connected = true;
                (client, near, server)
            };
            seen.void();
            let (client, near, server) = connect();
            client.close().unwrap();
            seen.order("the descriptor is not its own: close it after it", near.peer_addr().is_ok());
            drop(near);
            let said = server.join().unwrap() == 6;
            let (client, near, server) = connect();
            wolfSSL_free(mem::ManuallyDrop::new(client).session);
            drop(near);
            seen.loses("the goodbye: `wolfSSL_shutdown` before it, which returns 0 if it is sent, and not confirmed", said && server.join().unwrap() != 6);
            let never = new(true);
            seen.failure(wolfSSL_shutdown(never.session), "of `wolfSSL_shutdown`, never connected: a duty of its own");
            never.close().unwrap();
            wolfSSL_free(NULL);
            wolfSSL_CTX_free(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    SSH2 "libssh2" in "libssh2.so.1";
    version text(libssh2_version(0));
    fn libssh2_version(least: c_int) -> *const c_char;
    fn libssh2_init(flags: c_int) -> c_int;
    fn libssh2_session_init_ex(allocate: P, free: P, reallocate: P, data: P) -> P;
    fn libssh2_session_set_blocking(session: P, blocking: c_int);
    fn libssh2_session_handshake(session: P, socket: c_int) -> c_int;
    fn libssh2_session_disconnect_ex(session: P, reason: c_int, text: *const c_char, language: *const c_char) -> c_int;
    fn libssh2_session_free(session: P) -> c_int;
}

row! {
    ssh2_session SSH2 "session, nonblocking" "libssh2_session_free"
    {
        #[derive(Dispose)]
        struct Session {
            #[unmanaged(unsafe(release = libssh2_session_free), check = status::zero)]
            session: P,
            // Set by the handshake.
            #[unmanaged(
                unsafe(release = |_| libssh2_session_disconnect_ex(self.session, 11, c"goodbye".as_ptr(), c"".as_ptr())),
                check = status::zero, on_error = keep_if(|error| error.code() == -37), invalid = false
            )]
            greeted: bool,
        }
    }
    |seen| {
        unsafe {
            assert_eq!(libssh2_init(0), 0);
            let greet = || {
                let (near, mut far) = UnixStream::pair().unwrap();
                std::io::Write::write_all(&mut far, b"SSH-2.0-test\r\n").unwrap();
                near.set_nonblocking(true).unwrap();
                far.set_nonblocking(true).unwrap();
                let session = libssh2_session_init_ex(NULL, NULL, NULL, NULL);
                libssh2_session_set_blocking(session, 0);
                // It has sent its greeting, and waits for the peer's key.
                assert_eq!(libssh2_session_handshake(session, std::os::fd::AsRawFd::as_raw_fd(&near)), -37);
                (Session { session, greeted: true }, near, far)
            };
            // Whether the peer has received the goodbye.
            let said = |far: &mut UnixStream| {
                let mut got = Vec::new();
                let _ = std::io::Read::read_to_end(far, &mut got);
                got.windows(7).any(|word| word == b"goodbye")
            };
            let (mut session, near, mut far) = greet();
            session.dispose().unwrap();
            seen.success(0);
            seen.order("the descriptor is not its own: close it after it", near.peer_addr().is_ok() && said(&mut far));
            let (session, _near, mut far) = greet();
            assert_eq!(libssh2_session_free(mem::ManuallyDrop::new(session).session), 0);
            seen.loses("0 without the goodbye: `libssh2_session_disconnect_ex` before it", !said(&mut far));
            let (mut session, near, mut far) = greet();
            while std::io::Write::write(&mut &near, &[0; 4_096]).is_ok() {}
            seen.failure(code(session.dispose()), "of `libssh2_session_disconnect_ex`, the socket is full");
            assert!(!said(&mut far));
            let again = session.dispose().is_ok();
            seen.kept("the second call sends it", again && said(&mut far));
        }
    }
}
