//! XML, JSON, patterns and other text; repositories and programs as files.

use std::ffi::{CStr, c_char, c_int, c_uint};
use std::os::fd::IntoRawFd;
use std::{fs, ptr};

use dispose_core::{Close, status};
use dispose_releases::libc::{self, FILE};
use dispose_releases::provoke::*;
use dispose_releases::{NULL, P, library, row, text};

library! {
    XML "libxml2" in "libxml2.so.2";
    version { let version: u32 = text(*XML.symbol("xmlParserVersion").cast::<*const c_char>()).split('-').next().unwrap().parse().unwrap(); format!("{}.{}.{}", version / 10_000, version / 100 % 100, version % 100) };
    fn xmlReadMemory(bytes: *const u8, len: c_int, url: *const c_char, encoding: *const c_char, options: c_int) -> P;
    fn xmlFreeDoc(document: P);
    fn xmlSaveToFilename(path: *const c_char, encoding: *const c_char, options: c_int) -> P;
    fn xmlSaveDoc(context: P, document: P) -> i64;
    fn xmlSaveClose(context: P) -> c_int;
    fn xmlOutputBufferCreateFilename(path: *const c_char, encoder: P, compression: c_int) -> P;
    fn xmlOutputBufferWrite(buffer: P, len: c_int, bytes: *const u8) -> c_int;
    fn xmlOutputBufferClose(buffer: P) -> c_int;
    fn xmlReaderForMemory(bytes: *const u8, len: c_int, url: *const c_char, encoding: *const c_char, options: c_int) -> P;
    fn xmlTextReaderRead(reader: P) -> c_int;
    fn xmlTextReaderCurrentDoc(reader: P) -> P;
    fn xmlFreeTextReader(reader: P);
    fn xmlDocGetRootElement(document: P) -> P;
    fn xmlSetGenericErrorFunc(context: P, function: P);
}

const SOURCE: &[u8] = b"<a><b>hello</b></a>";

fn document() -> P {
    unsafe { xmlReadMemory(SOURCE.as_ptr(), 19, ptr::null(), ptr::null(), 0) }
}

row! {
    xml_save XML "save context" "xmlSaveClose"
    {
        #[derive(Close)]
        struct Save {
            #[unmanaged(unsafe(release = xmlSaveClose), check = status::non_negative)]
            context: P,
        }
    }
    |seen| {
        unsafe {
            let document = document();
            let save = |path: &CStr| {
                let context = xmlSaveToFilename(path.as_ptr(), ptr::null(), 0);
                xmlSaveDoc(context, document);
                context
            };
            let good = xmlSaveClose(save(&scratch_c("good")));
            seen.success(format!("{good} (bytes)"));
            seen.waits("writes what is buffered", size("good") > 19);
            let full = save(c"/dev/full");
            let before = descriptors();
            let closed = xmlSaveClose(full);
            seen.loses("the same for a full device: use an output buffer, below, or read it back", closed == good && descriptors() == before - 1);
            Save { context: save(&scratch_c("other")) }.close().unwrap();
            xmlFreeDoc(document);
        }
    }
}

row! {
    xml_output XML "output buffer" "xmlOutputBufferClose"
    {
        #[derive(Close)]
        struct Output {
            #[unmanaged(unsafe(release = xmlOutputBufferClose), check = status::non_negative)]
            buffer: P,
        }
    }
    |seen| {
        unsafe {
            let write = |path: &CStr| {
                let buffer = xmlOutputBufferCreateFilename(path.as_ptr(), NULL, 0);
                assert!(xmlOutputBufferWrite(buffer, 19, SOURCE.as_ptr()) >= 0);
                buffer
            };
            let good = xmlOutputBufferClose(write(&scratch_c("good")));
            seen.success(format!("{good} (bytes)"));
            Output { buffer: write(&scratch_c("other")) }.close().unwrap();
            assert_eq!(size("other"), 19);
            let before = descriptors();
            let status = xmlOutputBufferClose(write(c"/dev/full"));
            if status < 0 {
                seen.failure(status, "the device is full");
                seen.consumed("the descriptor is closed", descriptors() == before);
            } else {
                seen.loses("the same for a full device", status == good && descriptors() == before);
            }
        }
    }
}

row! {
    xml_reader XML "reader" "xmlFreeTextReader"
    {
        #[derive(Close)]
        struct Reader {
            // Only after `xmlTextReaderCurrentDoc`, which hands it over.
            #[unmanaged(unsafe(release = xmlFreeDoc))]
            document: P,
            #[unmanaged(unsafe(release = xmlFreeTextReader))]
            reader: P,
        }
    }
    |seen| {
        unsafe {
            let read = || {
                let reader = xmlReaderForMemory(SOURCE.as_ptr(), 19, ptr::null(), ptr::null(), 0);
                assert_eq!(xmlTextReaderRead(reader), 1);
                reader
            };
            Reader { document: NULL, reader: read() }.close().unwrap();
            seen.void();
            let reader = read();
            let document = xmlTextReaderCurrentDoc(reader);
            xmlFreeTextReader(reader);
            seen.order("after `xmlTextReaderCurrentDoc` the document is yours: a field declared before", !xmlDocGetRootElement(document).is_null());
            assert!(freed(|| xmlFreeDoc(document)) > 100);
            let reader = read();
            Reader { document: xmlTextReaderCurrentDoc(reader), reader }.close().unwrap();
            xmlFreeTextReader(NULL);
            xmlFreeDoc(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    XSLT "libxslt" in "libxslt.so.1";
    version { let version = *XSLT.symbol("xsltLibxsltVersion").cast::<c_int>(); format!("{}.{}.{}", version / 10_000, version / 100 % 100, version % 100) };
    fn xsltParseStylesheetDoc(document: P) -> P;
    fn xsltFreeStylesheet(sheet: P);
}

row! {
    stylesheet XSLT "style sheet" "xsltFreeStylesheet"
    {
        #[derive(Close)]
        struct Sheet {
            #[unmanaged(unsafe(release = xsltFreeStylesheet))]
            sheet: P,
        }
    }
    |seen| {
        unsafe {
            let source = |version: &str| {
                let text = format!("<x:stylesheet version='1.0' xmlns:x='http://www.w3.org/1999/XSL/Transform'>{version}</x:stylesheet>");
                xmlReadMemory(text.as_ptr(), c_int::try_from(text.len()).unwrap(), ptr::null(), ptr::null(), 0)
            };
            Sheet { sheet: xsltParseStylesheetDoc(source("")) }.close().unwrap(); // what stays for good
            let before = allocated();
            let sheet = xsltParseStylesheetDoc(source("<x:template match='/'/>"));
            assert!(!sheet.is_null());
            Sheet { sheet }.close().unwrap();
            let all = allocated() <= before;
            seen.void();
            seen.order("the document that it was parsed from is its own, once that has succeeded", all);
            xsltFreeStylesheet(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    EXPAT "expat" in "libexpat.so.1";
    version text(XML_ExpatVersion()).trim_start_matches("expat_").to_owned();
    fn XML_ExpatVersion() -> *const c_char;
    fn XML_ParserCreate(encoding: *const c_char) -> P;
    fn XML_ExternalEntityParserCreate(parser: P, context: *const c_char, encoding: *const c_char) -> P;
    fn XML_ParserFree(parser: P);
    fn XML_SetExternalEntityRefHandler(parser: P, handler: P);
}

row! {
    expat EXPAT "parser" "XML_ParserFree"
    {
        #[derive(Close)]
        struct Parser {
            #[unmanaged(unsafe(release = XML_ParserFree))]
            parser: P,
        }
    }
    |seen| {
        unsafe {
            let parser = XML_ParserCreate(ptr::null());
            assert!(freed(|| Parser { parser }.close().unwrap()) > 1_000);
            seen.void();
            XML_ParserFree(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    PCRE2 "PCRE2" in "libpcre2-8.so.0";
    version { let mut version = [0; 64]; pcre2_config_8(11, version.as_mut_ptr().cast()); text(version.as_ptr()).split(' ').next().unwrap().to_owned() };
    fn pcre2_config_8(what: c_uint, value: P) -> c_int;
    fn pcre2_compile_8(pattern: *const u8, len: usize, options: u32, error: *mut c_int, at: *mut usize, context: P) -> P;
    fn pcre2_match_data_create_from_pattern_8(code: P, context: P) -> P;
    fn pcre2_match_8(code: P, subject: *const u8, len: usize, start: usize, options: u32, data: P, context: P) -> c_int;
    fn pcre2_get_ovector_pointer_8(data: P) -> *const usize;
    fn pcre2_match_data_free_8(data: P);
    fn pcre2_code_free_8(code: P);
}

row! {
    pcre2 PCRE2 "pattern, match data" "pcre2_code_free, pcre2_match_data_free"
    {
        #[derive(Close)]
        struct Matcher {
            #[unmanaged(unsafe(release = pcre2_code_free_8))]
            code: P,
            #[unmanaged(unsafe(release = pcre2_match_data_free_8))]
            data: P,
        }
    }
    |seen| {
        unsafe {
            let compile = || pcre2_compile_8(b"l+".as_ptr(), 2, 0, &mut 0, &mut 0, NULL);
            let code = compile();
            let data = pcre2_match_data_create_from_pattern_8(code, NULL);
            assert_eq!(pcre2_match_8(code, b"hello".as_ptr(), 5, 0, 0, data, NULL), 1);
            pcre2_code_free_8(code);
            seen.void();
            let range = pcre2_get_ovector_pointer_8(data);
            seen.order("any: the positions that were found stay", (*range, *range.add(1)) == (2, 4));
            Matcher { code: compile(), data }.close().unwrap();
            pcre2_code_free_8(NULL);
            pcre2_match_data_free_8(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    ICU "ICU" in "libicuuc.so.72";
    version { let mut version = [0_u8; 4]; u_getVersion_72(version.as_mut_ptr()); format!("{}.{}", version[0], version[1]) };
    fn u_getVersion_72(version: *mut u8);
    fn ucnv_open_72(name: *const c_char, error: *mut c_int) -> P;
    fn ucnv_close_72(converter: P);
}

row! {
    icu_converter ICU "converter" "ucnv_close"
    {
        #[derive(Close)]
        struct Converter {
            #[unmanaged(unsafe(release = ucnv_close_72))]
            converter: P,
        }
    }
    |seen| {
        unsafe {
            Converter { converter: ucnv_open_72(c"ISO-8859-2".as_ptr(), &mut 0) }.close().unwrap();
            let converter = ucnv_open_72(c"ISO-8859-2".as_ptr(), &mut 0);
            assert!(freed(|| Converter { converter }.close().unwrap()) > 100);
            seen.void();
            ucnv_close_72(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    CJSON "cJSON" in "libcjson.so.1";
    version text(cJSON_Version());
    fn cJSON_Version() -> *const c_char;
    fn cJSON_CreateArray() -> P;
    fn cJSON_CreateString(text: *const c_char) -> P;
    fn cJSON_AddItemToArray(array: P, item: P) -> c_int;
    fn cJSON_GetStringValue(item: P) -> *const c_char;
    fn cJSON_Delete(item: P);
}

row! {
    cjson CJSON "item" "cJSON_Delete"
    {
        #[derive(Close)]
        struct Item {
            #[unmanaged(unsafe(release = cJSON_Delete))]
            item: P,
        }
    }
    |seen| {
        unsafe {
            let before = allocated();
            let (array, item) = (cJSON_CreateArray(), cJSON_CreateString(c"hello".as_ptr()));
            assert_eq!(cJSON_AddItemToArray(array, item), 1);
            Item { item: array }.close().unwrap();
            let all = allocated() == before;
            seen.void();
            seen.order("an item that was added belongs to its array: take it out of its field", all);
            let item = cJSON_CreateString(c"hello".as_ptr());
            let refused = cJSON_AddItemToArray(NULL, item) == 0;
            seen.order("one whose adding failed is still yours", refused && text(cJSON_GetStringValue(item)) == "hello");
            Item { item }.close().unwrap();
            cJSON_Delete(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    JANSSON "jansson" in "libjansson.so.4";
    version text(jansson_version_str());
    fn jansson_version_str() -> *const c_char;
    fn json_array() -> P;
    fn json_integer(value: i64) -> P;
    fn json_array_append_new(array: P, value: P) -> c_int;
    fn json_delete(value: P);
}

row! {
    jansson JANSSON "value" "json_decref"
    {
        #[derive(Close)]
        struct Value {
            // `json_decref` is an inline function of the header: this is what it does.
            #[unmanaged(unsafe(release = |value| {
                let references = value.cast::<usize>().add(1);
                *references -= 1;
                if *references == 0 {
                    json_delete(value);
                }
            }))]
            value: P,
        }
    }
    |seen| {
        unsafe {
            let before = allocated();
            let array = json_array();
            assert_eq!(json_array_append_new(array, json_integer(7)), 0);
            Value { value: array }.close().unwrap();
            let with_all = allocated() == before;
            let value = json_integer(7);
            let failed = json_array_append_new(NULL, value) == -1 && allocated() == before;
            seen.void();
            seen.not_so("`json_array_append_new` takes the value also where it fails", with_all && failed);
        }
    }
}

library! {
    YAML "libyaml" in "libyaml-0.so.2";
    version text(yaml_get_version_string());
    fn yaml_get_version_string() -> *const c_char;
    fn yaml_emitter_initialize(emitter: P) -> c_int;
    fn yaml_emitter_set_output_file(emitter: P, file: *mut FILE);
    fn yaml_stream_start_event_initialize(event: P, encoding: c_int) -> c_int;
    fn yaml_document_start_event_initialize(event: P, version: P, start: P, end: P, implicit: c_int) -> c_int;
    fn yaml_scalar_event_initialize(event: P, anchor: P, tag: P, value: *const u8, len: c_int, plain: c_int, quoted: c_int, style: c_int) -> c_int;
    fn yaml_document_end_event_initialize(event: P, implicit: c_int) -> c_int;
    fn yaml_emitter_emit(emitter: P, event: P) -> c_int;
    fn yaml_emitter_flush(emitter: P) -> c_int;
    fn yaml_emitter_delete(emitter: P);
}

row! {
    yaml_emitter YAML "emitter" "yaml_emitter_delete"
    {
        #[derive(Close)]
        struct Emitter {
            #[unmanaged(unsafe(release = libc::fclose), check = status::errno)]
            file: *mut FILE,
            #[unmanaged(check = status::positive, unsafe(release = |mut emitter: Box<[u64; 256]>| {
                let emitter = emitter.as_mut_ptr().cast();
                let flushed = yaml_emitter_flush(emitter);
                yaml_emitter_delete(emitter);
                flushed
            }))]
            emitter: Option<Box<[u64; 256]>>,
        }
    }
    |seen| {
        unsafe {
            let write = |path: &CStr| {
                let file = libc::fopen(path.as_ptr(), c"w".as_ptr());
                libc::setvbuf(file, ptr::null_mut(), libc::_IONBF, 0);
                let (mut emitter, mut event) = (Box::new([0_u64; 256]), [0_u64; 64]);
                let (this, event): (P, P) = (emitter.as_mut_ptr().cast(), event.as_mut_ptr().cast());
                yaml_emitter_initialize(this);
                yaml_emitter_set_output_file(this, file);
                yaml_stream_start_event_initialize(event, 1);
                assert_eq!(yaml_emitter_emit(this, event), 1);
                yaml_document_start_event_initialize(event, NULL, NULL, NULL, 1);
                assert_eq!(yaml_emitter_emit(this, event), 1);
                yaml_scalar_event_initialize(event, NULL, NULL, b"hello".as_ptr(), 5, 1, 1, 0);
                assert_eq!(yaml_emitter_emit(this, event), 1);
                (file, emitter)
            };
            let (file, mut emitter) = write(&scratch_c("guessed"));
            yaml_emitter_delete(emitter.as_mut_ptr().cast());
            libc::fclose(file);
            seen.void();
            seen.loses("what is buffered: flush in the closure", size("guessed") == 0);
            let (file, emitter) = write(&scratch_c("good"));
            Emitter { file, emitter: Some(emitter) }.close().unwrap();
            seen.order("before its `FILE`", size("good") > 0);
            seen.success("1 of `yaml_emitter_flush`");
            let (file, emitter) = write(c"/dev/full");
            seen.failure(code(Emitter { file, emitter: Some(emitter) }.close()), "of `yaml_emitter_flush`, the device is full");
        }
    }
}

library! {
    GIT "libgit2" in "libgit2.so.1.5";
    version { let (mut a, mut b, mut c) = (0, 0, 0); git_libgit2_version(&mut a, &mut b, &mut c); format!("{a}.{b}.{c}") };
    fn git_libgit2_version(major: *mut c_int, minor: *mut c_int, patch: *mut c_int) -> c_int;
    fn git_libgit2_init() -> c_int;
    fn git_libgit2_shutdown() -> c_int;
    fn git_repository_init(repository: *mut P, path: *const c_char, bare: c_uint) -> c_int;
    fn git_repository_free(repository: P);
    fn git_repository_config(config: *mut P, repository: P) -> c_int;
    fn git_config_set_string(config: P, name: *const c_char, value: *const c_char) -> c_int;
    fn git_config_free(config: P);
}

row! {
    git GIT "library" "git_libgit2_shutdown"
    {
        #[derive(Close)]
        struct Library {
            #[unmanaged(unsafe(release = |()| git_libgit2_shutdown()), check = status::non_negative)]
            started: Option<()>,
        }
    }
    |seen| {
        unsafe {
            assert_eq!((git_libgit2_init(), git_libgit2_init()), (1, 2));
            seen.success(format!("{} (how often it is still started)", git_libgit2_shutdown()));
            Library { started: Some(()) }.close().unwrap();
            seen.success(0);
            seen.means("a value other than 0 is a count, not a failure", git_libgit2_init() == 1);
            assert_eq!(git_libgit2_shutdown(), 0);
            seen.failure(code(Library { started: Some(()) }.close()), "not started");
        }
    }
}

row! {
    git_repository GIT "repository, its configuration" "git_repository_free, git_config_free"
    {
        #[derive(Close)]
        struct Repository {
            #[unmanaged(unsafe(release = git_repository_free))]
            repository: P,
            #[unmanaged(unsafe(release = git_config_free))]
            config: P,
        }
    }
    |seen| {
        unsafe {
            assert_eq!(git_libgit2_init(), 1);
            let open = || {
                let (mut repository, mut config) = (ptr::null_mut(), ptr::null_mut());
                assert_eq!(git_repository_init(&raw mut repository, scratch_c("repository").as_ptr(), 1), 0);
                assert_eq!(git_repository_config(&raw mut config, repository), 0);
                (repository, config)
            };
            let (repository, config) = open();
            git_repository_free(repository);
            seen.void();
            seen.order("any: counted", git_config_set_string(config, c"a.b".as_ptr(), c"c".as_ptr()) == 0);
            git_config_free(config);
            let (repository, config) = open();
            Repository { repository, config }.close().unwrap();
            git_repository_free(NULL);
            git_config_free(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    ELF "libelf" in "libelf.so.1";
    version ELF.file_version();
    fn elf_version(version: c_uint) -> c_uint;
    fn elf_begin(fd: c_int, command: c_int, of: P) -> P;
    fn elf_end(elf: P) -> c_int;
}

row! {
    elf ELF "`Elf`" "elf_end"
    {
        #[derive(Close)]
        struct Object {
            #[unmanaged(unsafe(release = libc::close), check = status::errno, invalid = -1)]
            fd: c_int,
            #[unmanaged(unsafe(release = elf_end), check = status::non_negative)]
            elf: P,
        }
    }
    |seen| {
        unsafe {
            assert_eq!(elf_version(1), 1);
            let fd = fs::File::open("/proc/self/exe").unwrap().into_raw_fd();
            let elf = elf_begin(fd, 1, NULL);
            let same = elf_begin(fd, 1, elf);
            assert_eq!(same, elf);
            let first = elf_end(elf);
            seen.success(format!("{first} (references left)"));
            seen.means("a value other than 0 is a count, not a failure", first == 1);
            let last = elf_end(elf);
            seen.success(last);
            seen.null("0", elf_end(NULL) == 0);
            seen.order("before its descriptor, which it does not close", is_open(fd));
            Object { fd, elf: elf_begin(fd, 1, NULL) }.close().unwrap();
            assert!(!is_open(fd));
        }
    }
}

library! {
    MAGIC "libmagic" in "libmagic.so.1";
    version { let version = magic_version(); format!("{}.{}", version / 100, version % 100) };
    fn magic_version() -> c_int;
    fn magic_open(flags: c_int) -> P;
    fn magic_load(magic: P, path: *const c_char) -> c_int;
    fn magic_close(magic: P);
}

row! {
    magic MAGIC "cookie" "magic_close"
    {
        #[derive(Close)]
        struct Magic {
            #[unmanaged(unsafe(release = magic_close))]
            magic: P,
        }
    }
    |seen| {
        unsafe {
            let magic = magic_open(0);
            assert!(!magic.is_null());
            assert_eq!(magic_load(magic, c"/no/such/file".as_ptr()), -1);
            let gone = freed(|| Magic { magic }.close().unwrap());
            seen.void();
            seen.order("after a `magic_load` that failed too", gone > 100);
            magic_close(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    RAPTOR "Raptor" in "libraptor2.so.0";
    version text(*RAPTOR.symbol("raptor_version_string").cast::<*const c_char>());
    fn raptor_new_world_internal(version: c_uint) -> P;
    fn raptor_free_world(world: P);
    fn raptor_new_serializer(world: P, name: *const c_char) -> P;
    fn raptor_new_uri(world: P, uri: *const c_char) -> P;
    fn raptor_free_uri(uri: P);
    fn raptor_serializer_start_to_filename(serializer: P, path: *const c_char) -> c_int;
    fn raptor_serializer_start_to_file_handle(serializer: P, uri: P, file: *mut FILE) -> c_int;
    fn raptor_new_term_from_uri_string(world: P, uri: *const c_char) -> P;
    fn raptor_new_statement_from_nodes(world: P, subject: P, predicate: P, object: P, graph: P) -> P;
    fn raptor_free_statement(statement: P);
    fn raptor_serializer_serialize_statement(serializer: P, statement: P) -> c_int;
    fn raptor_serializer_serialize_end(serializer: P) -> c_int;
    fn raptor_free_serializer(serializer: P);
}

row! {
    raptor RAPTOR "serializer, into a `FILE`" "raptor_free_serializer, raptor_free_world"
    {
        #[derive(Close)]
        struct Output {
            #[unmanaged(unsafe(release = raptor_free_world))]
            world: P,
            #[unmanaged(unsafe(release = libc::fclose), check = status::errno)]
            file: *mut FILE,
            #[unmanaged(unsafe(release = raptor_free_serializer))]
            serializer: P,
            // Set by the start.
            #[unmanaged(unsafe(release = |_| raptor_serializer_serialize_end(self.serializer)), check = status::zero, invalid = false)]
            started: bool,
        }
    }
    |seen| {
        unsafe {
            let new = || {
                let world = raptor_new_world_internal(20_000);
                let serializer = raptor_new_serializer(world, c"ntriples".as_ptr());
                assert!(!serializer.is_null());
                Output { world, file: ptr::null_mut(), serializer, started: false }
            };
            let statement = |of: &Output| {
                let term = || raptor_new_term_from_uri_string(of.world, c"http://example.org/".as_ptr());
                let statement = raptor_new_statement_from_nodes(of.world, term(), term(), term(), NULL);
                let written = raptor_serializer_serialize_statement(of.serializer, statement);
                raptor_free_statement(statement);
                assert_eq!(written, 0);
            };
            let named = |name: &str| {
                let output = new();
                assert_eq!(raptor_serializer_start_to_filename(output.serializer, scratch_c(name).as_ptr()), 0);
                statement(&output);
                output
            };
            let over = |name: &str| {
                let mut output = new();
                output.file = libc::fopen(scratch_c(name).as_ptr(), c"w".as_ptr());
                let uri = raptor_new_uri(output.world, c"http://example.org/".as_ptr());
                assert_eq!(raptor_serializer_start_to_file_handle(output.serializer, uri, output.file), 0);
                raptor_free_uri(uri);
                output.started = true;
                statement(&output);
                output
            };
            seen.void();
            over("good").close().unwrap();
            seen.order("the end, the serializer, its `FILE`, the world", size("good") > 60);
            let guessed = named("guessed");
            guessed.close().unwrap();
            seen.loses("all that is buffered, and the descriptor, without `raptor_serializer_serialize_end`", size("guessed") == 0 && opened("guessed") == 1);
            seen.failure(raptor_serializer_serialize_end(new().serializer), "of `raptor_serializer_serialize_end`, not started");
            new().close().unwrap();
            let lost = named("lost");
            let ended = no_room(10, || raptor_serializer_serialize_end(lost.serializer));
            lost.close().unwrap();
            let full = over("full");
            let error = no_room(10, || full.close()).unwrap_err();
            assert_eq!(error.first().path(), "file");
            seen.not_so(
                "with a file's name the end is 0 on a full device: a `FILE` of yours, whose `fclose` fails",
                ended == 0 && size("lost") == 10,
            );
            raptor_free_serializer(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    AUGEAS "Augeas" in "libaugeas.so.0";
    version {
        let tree = aug_init(scratch_c("").as_ptr(), ptr::null(), 0x68);
        let mut version = ptr::null();
        aug_get(tree, c"/augeas/version".as_ptr(), &mut version);
        let version = text(version);
        aug_close(tree);
        version
    };
    fn aug_init(root: *const c_char, path: *const c_char, flags: c_uint) -> P;
    fn aug_load(tree: P) -> c_int;
    fn aug_get(tree: P, path: *const c_char, value: *mut *const c_char) -> c_int;
    fn aug_set(tree: P, path: *const c_char, value: *const c_char) -> c_int;
    fn aug_match(tree: P, path: *const c_char, matches: P) -> c_int;
    fn aug_save(tree: P) -> c_int;
    fn aug_error(tree: P) -> c_int;
    fn aug_close(tree: P);
}

row! {
    augeas AUGEAS "tree of configuration files" "aug_save, aug_close"
    {
        #[derive(Close)]
        struct Tree {
            #[unmanaged(check = status::zero, unsafe(drop = aug_close), unsafe(release = |tree| {
                let saved = aug_save(tree);
                // Left by a save that failed before.
                let failed = aug_match(tree, c"/augeas/files//error[. != 'parse_failed']".as_ptr(), NULL);
                aug_close(tree);
                if failed == 0 { saved } else { -1 }
            }))]
            tree: P,
        }
    }
    |seen| {
        unsafe {
            fs::write(scratch("lines.aug"), r#"module Lines =
                let line = [ key /[a-z]+/ . del "=" "=" . store /[a-z]+/ . del "\n" "\n" ]
                let lines = line *"#).unwrap();
            let set = |tree: &Tree, path: &CStr, value: &CStr| assert_eq!(aug_set(tree.tree, path.as_ptr(), value.as_ptr()), 0);
            let open = |content| {
                fs::create_dir_all(scratch("root")).unwrap();
                fs::write(scratch("root/file"), content).unwrap();
                let tree = Tree { tree: aug_init(scratch_c("root").as_ptr(), scratch_c("").as_ptr(), 0x68) };
                set(&tree, c"/augeas/load/Lines/lens", c"Lines.lines");
                set(&tree, c"/augeas/load/Lines/incl", c"/file");
                assert_eq!(aug_load(tree.tree), 0);
                tree
            };
            let edited = |value: &CStr| {
                let tree = open("a=b\n");
                set(&tree, c"/files/file/a", value);
                tree
            };
            let written = || fs::read_to_string(scratch("root/file")).unwrap();
            edited(c"x").close().unwrap();
            assert_eq!(written(), "a=x\n");
            seen.success(0);
            drop(edited(c"x"));
            seen.loses("edits that are not saved: here `close` saves, and `Drop` discards them", written() == "a=b\n");

            // The first failure is the only one.
            let refused = edited(c"1");
            seen.failure(aug_save(refused.tree), "the lens refuses the edit, or no room");
            let error = aug_error(refused.tree);
            let again = aug_save(refused.tree);
            assert_eq!(code(refused.close()), -1);
            let status = code(edited(c"1").close());
            assert_eq!(status, -1);
            let full = edited(c"x");
            assert_eq!(no_room(2, || aug_save(full.tree)), -1);
            let with_room = aug_save(full.tree);
            set(&full, c"/files/file/a", c"x");
            let set_again = aug_save(full.tree);
            seen.not_so(
                "-1 comes once: a second `aug_save` is 0 and writes nothing, `aug_error` is 0, and to set the same value again does not help. The node `error` below `/augeas/files` stays: look for it, and do not keep",
                (error, again, with_room, set_again) == (0, 0, 0, 0) && written() == "a=b\n",
            );
            let temporary = fs::read_dir(scratch("root")).unwrap().count() == 2;
            seen.waits("without room, a temporary file stays beside the file", temporary);
            assert_eq!(code(full.close()), -1);
            let mended = edited(c"1");
            assert_eq!(aug_save(mended.tree), -1);
            set(&mended, c"/files/file/a", c"x");
            mended.close().unwrap();
            assert_eq!(written(), "a=x\n");
            let unreadable = open("1=2\n");
            assert_eq!(aug_match(unreadable.tree, c"/augeas//error".as_ptr(), NULL), 1);
            unreadable.close().unwrap();
            let consumed = edited(c"1");
            let back = freed(|| assert!(consumed.close().is_err()));
            seen.consumed("the memory is freed", back > 1_000);
            aug_close(NULL);
            seen.null("accepted", true);
        }
    }
}
