//! Numerics and geometry.

use std::ffi::{c_char, c_int, c_uint};
use std::ptr;

use dispose_core::{Close, status};
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
            seen.failure(glp_free_env(), "there is none, which is harmless");
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
            seen.success("null, always: it says nothing");
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
            seen.not_so("a geometry takes the coordinates that it is made from: no field for them afterwards", all);
            let geometry = GEOSGeom_createPoint_r(context, GEOSCoordSeq_create_r(context, 1, 2));
            let gone = freed(|| Shape { context, geometry }.close().unwrap());
            seen.order("geometries before their context, which their release needs", gone > 500);
        }
    }
}
