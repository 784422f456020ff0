//! Numerics and geometry.

use std::ffi::{c_char, c_int, c_uint};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use dispose_core::{Close, Dispose, status};
use dispose_releases::provoke::*;
use dispose_releases::{NULL, P, library, row, text};

library! {
    GLPK "GLPK" in "libglpk.so.40";
    version text(glp_version());
    fn glp_version() -> *const c_char;
    fn glp_create_prob() -> P;
    fn glp_add_rows(problem: P, count: c_int) -> c_int;
    fn glp_delete_prob(problem: P);
    fn glp_free_env() -> c_int;
}

row! {
    glpk GLPK "environment, problem" "glp_free_env, glp_delete_prob"
    {
        #[derive(Close)]
        struct Solver {
            #[unmanaged(unsafe(release = |()| glp_free_env()), check = |status| status::zero(if status == 1 { 0 } else { status }))]
            environment: Option<()>,
            #[unmanaged(unsafe(release = glp_delete_prob))]
            problem: P,
        }
    }
    |seen| {
        unsafe {
            let problem = glp_create_prob();
            glp_add_rows(problem, 1_000);
            let gone = freed(|| Solver { environment: Some(()), problem }.close().unwrap());
            seen.success(0);
            seen.failure(glp_free_env(), "none exists, which is harmless");
            let problem = glp_create_prob();
            glp_add_rows(problem, 1_000);
            let with_it = freed(|| assert_eq!(glp_free_env(), 0));
            seen.order("problems first: it frees them too, and none may be released after it", gone > 50_000 && with_it > 50_000);
        }
    }
}

library! {
    CHOLMOD "CHOLMOD" in "libcholmod.so.3";
    version { let mut version = [0; 3]; cholmod_version(version.as_mut_ptr()); format!("{}.{}.{}", version[0], version[1], version[2]) };
    fn cholmod_version(version: *mut c_int) -> c_int;
    fn cholmod_start(common: P) -> c_int;
    fn cholmod_finish(common: P) -> c_int;
    fn cholmod_zeros(rows: usize, columns: usize, kind: c_int, common: P) -> P;
    fn cholmod_free_dense(matrix: *mut P, common: P) -> c_int;
}

row! {
    cholmod CHOLMOD "context, matrix" "cholmod_finish, cholmod_free_dense"
    {
        #[derive(Close)]
        struct Matrix {
            #[unmanaged(unsafe(release = |mut common: Box<[u64; 1024]>| cholmod_finish(common.as_mut_ptr().cast())), check = status::one)]
            common: Option<Box<[u64; 1024]>>,
            #[unmanaged(unsafe(release = |mut matrix| {
                cholmod_free_dense(&mut matrix, self.common.as_mut().unwrap().as_mut_ptr().cast())
            }), check = status::one)]
            matrix: P,
        }
    }
    |seen| {
        unsafe {
            let mut common = Box::new([0_u64; 1024]);
            let this: P = common.as_mut_ptr().cast();
            assert_eq!(cholmod_start(this), 1);
            let mut matrix = cholmod_zeros(100, 100, 1, this);
            seen.success(cholmod_free_dense(&raw mut matrix, this));
            seen.null("1, and it writes null", matrix.is_null() && cholmod_free_dense(&raw mut matrix, this) == 1);
            let matrix = cholmod_zeros(100, 100, 1, this);
            let gone = freed(|| Matrix { common: Some(common), matrix }.close().unwrap());
            seen.order("matrices first: their release needs the context", gone > 80_000);
            let mut none = NULL;
            seen.failure(cholmod_free_dense(&raw mut none, NULL), "no context");
        }
    }
}

library! {
    FFTW "FFTW" in "libfftw3.so.3";
    version text(FFTW.symbol("fftw_version").cast()).split('-').nth(1).unwrap().to_owned();
    fn fftw_plan_dft_1d(len: c_int, r#in: P, out: P, sign: c_int, flags: c_uint) -> P;
    fn fftw_malloc(len: usize) -> P;
    fn fftw_free(memory: P);
    fn fftw_execute(plan: P);
    fn fftw_destroy_plan(plan: P);
    fn fftw_cleanup();
}

row! {
    fftw FFTW "plan, its memory" "fftw_destroy_plan, fftw_free"
    {
        #[derive(Close)]
        struct Plan {
            #[unmanaged(unsafe(release = fftw_free))]
            memory: P,
            #[unmanaged(unsafe(release = fftw_destroy_plan))]
            plan: P,
        }
    }
    |seen| {
        unsafe {
            let memory = fftw_malloc(16 * 64);
            ptr::write_bytes(memory.cast::<u8>(), 0, 16 * 64);
            let plan = fftw_plan_dft_1d(64, memory, memory, -1, 1 << 6);
            fftw_execute(plan);
            fftw_destroy_plan(plan);
            seen.void();
            let plan = fftw_plan_dft_1d(64, memory, memory, -1, 1 << 6);
            let gone = freed(|| Plan { memory, plan }.close().unwrap());
            seen.order("the plan before the memory it runs on, which is not its own", gone > 1_000);
            fftw_destroy_plan(NULL);
            fftw_free(NULL);
            seen.null("accepted", true);
            fftw_cleanup();
        }
    }
}

library! {
    PROJ "PROJ" in "libproj.so.25";
    version { let info = proj_info(); format!("{}.{}.{}", info.major, info.minor, info.patch) };
    fn proj_info() -> ProjInfo;
    fn proj_context_create() -> P;
    fn proj_context_destroy(context: P) -> P;
    fn proj_create(context: P, text: *const c_char) -> P;
    fn proj_destroy(object: P) -> P;
}

/// A `PJ_INFO`.
#[repr(C)]
#[derive(Clone, Copy)]
struct ProjInfo {
    major: c_int,
    minor: c_int,
    patch: c_int,
    rest: [P; 5],
}

row! {
    proj PROJ "context, object" "proj_context_destroy, proj_destroy"
    {
        #[derive(Close)]
        struct Projection {
            #[unmanaged(unsafe(release = proj_context_destroy), check = status::ignore)]
            context: P,
            #[unmanaged(unsafe(release = proj_destroy), check = status::ignore)]
            object: P,
        }
    }
    |seen| {
        unsafe {
            let context = proj_context_create();
            let object = proj_create(context, c"+proj=merc".as_ptr());
            assert!(!object.is_null());
            assert!(proj_destroy(proj_create(context, c"+proj=merc".as_ptr())).is_null());
            seen.success("always null, which means nothing");
            let gone = freed(|| Projection { context, object }.close().unwrap());
            seen.order("objects before their context", gone > 1_000);
            seen.null("accepted", proj_destroy(NULL).is_null() && proj_context_destroy(NULL).is_null());
        }
    }
}

library! {
    GEOS "GEOS" in "libgeos_c.so.1";
    version text(GEOSversion()).split('-').next().unwrap().to_owned();
    fn GEOSversion() -> *const c_char;
    fn GEOS_init_r() -> P;
    fn GEOS_finish_r(context: P);
    fn GEOSCoordSeq_create_r(context: P, len: c_uint, dimensions: c_uint) -> P;
    fn GEOSCoordSeq_destroy_r(context: P, sequence: P);
    fn GEOSGeom_createPoint_r(context: P, sequence: P) -> P;
    fn GEOSGeom_destroy_r(context: P, geometry: P);
}

row! {
    geos GEOS "context, geometry" "GEOS_finish_r, GEOSGeom_destroy_r"
    {
        #[derive(Close)]
        struct Shape {
            #[unmanaged(unsafe(release = GEOS_finish_r))]
            context: P,
            #[unmanaged(unsafe(release = |geometry| GEOSGeom_destroy_r(self.context, geometry)))]
            geometry: P,
        }
    }
    |seen| {
        unsafe {
            let context = GEOS_init_r();
            let before = allocated();
            let sequence = GEOSCoordSeq_create_r(context, 1, 2);
            let geometry = GEOSGeom_createPoint_r(context, sequence);
            GEOSGeom_destroy_r(context, geometry);
            let all = allocated() == before;
            seen.void();
            seen.order("a geometry takes the coordinates that it is made from: no field for them afterwards", all);
            let geometry = GEOSGeom_createPoint_r(context, GEOSCoordSeq_create_r(context, 1, 2));
            let gone = freed(|| Shape { context, geometry }.close().unwrap());
            seen.order("geometries before their context, which their release needs", gone > 500);
        }
    }
}

library! {
    GDAL "GDAL" in "libgdal.so.32";
    version text(GDALVersionInfo(c"RELEASE_NAME".as_ptr()));
    fn GDALVersionInfo(what: *const c_char) -> *const c_char;
    fn GDALAllRegister();
    fn GDALGetDriverByName(name: *const c_char) -> P;
    fn GDALCreate(driver: P, path: *const c_char, width: c_int, height: c_int, bands: c_int, kind: c_int, options: P) -> P;
    fn GDALGetRasterBand(set: P, band: c_int) -> P;
    fn GDALRasterIO(band: P, write: c_int, x: c_int, y: c_int, width: c_int, height: c_int, bytes: *const u8, w: c_int, h: c_int, kind: c_int, pixel: c_int, line: c_int) -> c_int;
    fn CPLErrorReset();
    fn CPLSetErrorHandler(handler: P) -> P;
    fn CPLGetLastErrorType() -> c_int;
    fn GDALClose(set: P);
}

row! {
    gdal GDAL "dataset (ENVI, GeoTIFF)" "GDALClose"
    {
        #[derive(Close)]
        struct Dataset {
            #[unmanaged(check = |class| status::zero(if class < 3 { 0 } else { class }), unsafe(release = |set| {
                CPLErrorReset();
                GDALClose(set);
                CPLGetLastErrorType() // 3 is CE_Failure
            }))]
            set: P,
        }
    }
    |seen| {
        unsafe {
            GDALAllRegister();
            CPLSetErrorHandler(GDAL.symbol("CPLQuietErrorHandler"));
            let write = |driver: &std::ffi::CStr, name: &str| {
                let set = GDALCreate(GDALGetDriverByName(driver.as_ptr()), scratch_c(name).as_ptr(), 200, 200, 1, 1, NULL);
                assert_eq!(GDALRasterIO(GDALGetRasterBand(set, 1), 1, 0, 0, 200, 200, vec![7; 40_000].as_ptr(), 200, 200, 1, 0, 0), 0);
                set
            };
            for (driver, name) in [(c"ENVI", "envi"), (c"GTiff", "tiff")] {
                Dataset { set: write(driver, name) }.close().unwrap();
                assert!(size(name) >= 40_000);
            }
            seen.void();
            seen.waits("writes what is cached", size("envi") == 40_000);
            let set = write(c"ENVI", "lost.envi");
            no_room(1_000, || GDALClose(set));
            seen.loses("what the device has no room for", size("lost.envi") < 40_000);
            let set = write(c"ENVI", "full.envi");
            let envi = no_room(1_000, || Dataset { set }.close());
            let set = write(c"GTiff", "full.tiff");
            let tiff = no_room(1_000, || Dataset { set }.close());
            let both = (code(envi), code(tiff));
            seen.failure(both.0, "of `CPLGetLastErrorType`, no room");
            assert_eq!(both.0, both.1);
        }
    }
}

library! {
    MPI "MPICH" in "libmpich.so.12";
    version { let (mut version, mut len) = ([0; 8192], 0); MPI_Get_library_version(version.as_mut_ptr(), &mut len); text(version.as_ptr()).split_whitespace().nth(2).unwrap().to_owned() };
    fn MPI_Get_library_version(version: *mut c_char, len: *mut c_int) -> c_int;
    fn MPI_Init(count: P, words: P) -> c_int;
    fn MPI_Finalize() -> c_int;
    fn MPI_Comm_dup(from: c_int, to: *mut c_int) -> c_int;
    fn MPI_Comm_set_errhandler(communicator: c_int, handler: c_int) -> c_int;
    fn MPI_Comm_create_keyval(copy: P, delete: extern "C" fn(c_int, c_int, P, P) -> c_int, key: *mut c_int, data: P) -> c_int;
    fn MPI_Comm_set_attr(communicator: c_int, key: c_int, value: P) -> c_int;
    fn MPI_Comm_rank(communicator: c_int, rank: *mut c_int) -> c_int;
    fn MPI_Comm_free(communicator: *mut c_int) -> c_int;
    fn MPI_Irecv(bytes: P, count: c_int, kind: c_int, source: c_int, tag: c_int, communicator: c_int, request: *mut c_int) -> c_int;
    fn MPI_Cancel(request: *const c_int) -> c_int;
    fn MPI_Wait(request: *mut c_int, status: *mut [c_int; 8]) -> c_int;
    fn MPI_Test_cancelled(status: *const [c_int; 8], cancelled: *mut c_int) -> c_int;
    fn MPI_Request_free(request: *mut c_int) -> c_int;
    fn MPI_Send(bytes: *const u8, count: c_int, kind: c_int, to: c_int, tag: c_int, communicator: c_int) -> c_int;
    fn MPI_Iprobe(source: c_int, tag: c_int, communicator: c_int, flag: *mut c_int, status: *mut [c_int; 8]) -> c_int;
}

const WORLD: c_int = 0x4400_0000;

row! {
    mpi_communicator MPI "communicator" "MPI_Comm_free"
    {
        #[derive(Dispose)]
        struct Communicator {
            #[unmanaged(unsafe(release = |mut it| MPI_Comm_free(&mut it)), check = status::zero, invalid = 0x0400_0000, on_error = keep)]
            communicator: c_int,
        }
    }
    |seen| {
        extern "C" fn refuse(_: c_int, _: c_int, _: P, _: P) -> c_int {
            if REFUSE.load(Ordering::SeqCst) { 15 } else { 0 }
        }
        static REFUSE: AtomicBool = AtomicBool::new(true);
        unsafe {
            assert_eq!(MPI_Init(NULL, NULL), 0);
            MPI_Comm_set_errhandler(WORLD, 0x5400_0001); // errors are returned
            let (mut communicator, mut key) = (0, 0);
            assert_eq!(MPI_Comm_dup(WORLD, &raw mut communicator), 0);
            Communicator { communicator }.dispose().unwrap();
            seen.success(0);
            assert_eq!(MPI_Comm_dup(WORLD, &raw mut communicator), 0);
            assert_eq!(MPI_Comm_create_keyval(NULL, refuse, &raw mut key, NULL), 0);
            assert_eq!(MPI_Comm_set_attr(communicator, key, NULL), 0);
            let mut owner = Communicator { communicator };
            seen.failure(code(owner.dispose()), "the deletion of an attribute refuses");
            let alive = MPI_Comm_rank(communicator, &mut 0) == 0;
            REFUSE.store(false, Ordering::SeqCst);
            seen.kept("", alive && owner.dispose().is_ok());
            let null = MPI_Comm_free(&mut 0x0400_0000);
            seen.null("`MPI_COMM_NULL`: an error", null != 0);
            assert_eq!(MPI_Finalize(), 0);
        }
    }
}

row! {
    mpi_request MPI "request" "MPI_Request_free"
    {
        #[derive(Close)]
        struct Receive {
            buffer: Box<[u8; 5]>,
            #[unmanaged(check = status::zero, invalid = 0x2c00_0000, unsafe(release = |mut request| {
                MPI_Cancel(&request);
                MPI_Wait(&mut request, ptr::null_mut::<[c_int; 8]>().with_addr(1))
            }))]
            request: c_int,
        }
    }
    |seen| {
        unsafe {
            assert_eq!(MPI_Init(NULL, NULL), 0);
            let byte = 0x4c00_010d;
            let receive = |buffer: &mut [u8; 5]| {
                let mut request = 0;
                assert_eq!(MPI_Irecv(buffer.as_mut_ptr().cast(), 5, byte, 0, 7, WORLD, &raw mut request), 0);
                request
            };
            let send = || assert_eq!(MPI_Send(b"hello".as_ptr(), 5, byte, 0, 7, WORLD), 0);
            let mut buffer = Box::new([0; 5]);
            let mut request = receive(&mut buffer);
            seen.success(MPI_Request_free(&raw mut request));
            assert_eq!(request, 0x2c00_0000);
            send();
            seen.not_so("returns before the receive ends: the buffer is written later", comes(|| {
                MPI_Iprobe(0, 99, WORLD, &mut 0, ptr::null_mut::<[c_int; 8]>().with_addr(1)); // progress
                *buffer == *b"hello"
            }));
            let mut buffer = Box::new([0; 5]);
            let mut request = receive(&mut buffer);
            let (mut status, mut cancelled) = ([0; 8], 0);
            assert_eq!((MPI_Cancel(&request), MPI_Wait(&mut request, &mut status)), (0, 0));
            assert_eq!(MPI_Test_cancelled(&status, &mut cancelled), 0);
            seen.waits("`MPI_Cancel` and `MPI_Wait` instead: then it has ended", cancelled == 1);
            let mut other = Box::new([0; 5]);
            let request = receive(&mut other);
            Receive { buffer: other, request }.close().unwrap();
            assert_eq!(MPI_Finalize(), 0);
        }
    }
}

library! {
    SHAPELIB "shapelib" in "libshp.so.2";
    version SHAPELIB.file_version();
    fn SASetupDefaultHooks(hooks: *mut [P; 10]);
    fn SHPCreateLL(path: *const c_char, kind: c_int, hooks: *const [P; 10]) -> P;
    fn SHPCreateSimpleObject(kind: c_int, count: c_int, x: *const f64, y: *const f64, z: P) -> P;
    fn SHPDestroyObject(object: P);
    fn SHPWriteObject(file: P, at: c_int, object: P) -> c_int;
    fn SHPClose(file: P);
}

/// Whether the hook for errors was called.
static SHAPE_FAILED: AtomicBool = AtomicBool::new(false);

extern "C" fn shape_error(_: *const c_char) {
    SHAPE_FAILED.store(true, Ordering::SeqCst);
}

row! {
    shapelib SHAPELIB "shape file" "SHPClose"
    {
        #[derive(Close)]
        struct Shapes {
            #[unmanaged(check = status::is_true, unsafe(release = |file| {
                SHPClose(file);
                // Set by the hook `Error` of the `SAHooks`, also during the release.
                !SHAPE_FAILED.swap(false, Ordering::SeqCst)
            }))]
            file: P,
        }
    }
    |seen| {
        unsafe {
            let write = |name: &str, points: c_int| {
                let mut hooks = [NULL; 10];
                SASetupDefaultHooks(&mut hooks);
                hooks[8] = shape_error as *mut _;
                let file = SHPCreateLL(scratch_c(name).as_ptr(), 1, &hooks);
                let mut written = Vec::new();
                for _ in 0..points {
                    let point = SHPCreateSimpleObject(1, 1, &1.0, &2.0, NULL);
                    written.push(SHPWriteObject(file, -1, point));
                    SHPDestroyObject(point);
                }
                (Shapes { file }, written)
            };
            seen.void();
            write("good.shp", 1).0.close().unwrap();
            seen.waits("writes the last object and the heads", size("good.shp") == 128 && size("good.shx") == 108);
            let (full, written) = write("full.shp", 1);
            assert_eq!(written, [0]);
            let failed = no_room(100, || full.close()).is_err();
            seen.failure("–", "the hook `Error` of `SHPCreateLL` is called, no room");
            seen.consumed("the descriptors are closed", opened("full.shp") + opened("full.shx") == 0);
            seen.loses("an error, which only the hook receives, and only during the release: the last `SHPWriteObject` has returned success", failed && size("full.shp") == 100);
            SHPClose(NULL);
            seen.null("accepted", true);
        }
    }
}
