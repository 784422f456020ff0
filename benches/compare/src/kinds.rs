//! The same work in each way. Each function makes a value, uses it as the work says, and drops it,
//! as often as its argument says.

#![allow(dead_code, reason = "fields that are only dropped")]

use std::ffi::c_void;
use std::hint::black_box;
use std::{mem, ptr};

pub type P = *mut c_void;

/// What is measured.
pub struct Case {
    pub work: String,
    pub kind: &'static str,
    pub run: fn(u64),
}

/// A handle that nothing else knows.
fn handle() -> P {
    black_box(ptr::without_provenance_mut(8))
}

/// `$one` for structs of 1, 3, 10 and 50 fields.
macro_rules! sizes {
    ($one:ident $(, $($more:tt)*)?) => {
        $one!($($($more)*;)? One: f0);
        $one!($($($more)*;)? Three: f0 f1 f2);
        $one!($($($more)*;)? Ten: f0 f1 f2 f3 f4 f5 f6 f7 f8 f9);
        $one!($($($more)*;)? Fifty: f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 g0 g1 g2 g3 g4 g5 g6 g7 g8 g9
            h0 h1 h2 h3 h4 h5 h6 h7 h8 h9 i0 i1 i2 i3 i4 i5 i6 i7 i8 i9
            j0 j1 j2 j3 j4 j5 j6 j7 j8 j9);
    };
}

/// The functions `drop` of each size in a module, and of a vector of them.
macro_rules! runs {
    ($kind:literal, $make:ident) => {
        pub fn cases() -> Vec<super::Case> {
            fn dropped<T>(n: u64, make: fn() -> T) {
                for _ in 0..n {
                    drop(black_box(make()));
                }
            }
            fn vector(n: u64) {
                for _ in 0..n {
                    drop(black_box((0..100_000).map(|_| One::$make()).collect::<Vec<_>>()));
                }
            }
            let case = |work: &str, run| super::Case { work: work.into(), kind: $kind, run };
            vec![
                case("drop, 1 field", |n| dropped(n, One::$make)),
                case("drop, 3 fields", |n| dropped(n, Three::$make)),
                case("drop, 10 fields", |n| dropped(n, Ten::$make)),
                case("drop, 50 fields", |n| dropped(n, Fifty::$make)),
                case("drop, 100,000 in a vector", vector),
            ]
        }
    };
}

/// Adds those that have a `dispose`.
macro_rules! disposals {
    ($kind:literal) => {
        pub fn disposals() -> Vec<super::Case> {
            let case = |work: &str, run| super::Case { work: work.into(), kind: $kind, run };
            macro_rules! disposed {
                ($ty:ident) => {
                    |n| {
                        for _ in 0..n {
                            let mut value = black_box($ty::make());
                            let _ = black_box(value.dispose());
                            drop(black_box(value));
                        }
                    }
                };
            }
            vec![
                case("dispose, then drop, 1 field", disposed!(One)),
                case("dispose, then drop, 3 fields", disposed!(Three)),
                case("dispose, then drop, 10 fields", disposed!(Ten)),
                case("dispose, then drop, 50 fields", disposed!(Fifty)),
            ]
        }
    };
}

pub mod by_hand {
    use super::*;

    macro_rules! one {
        ($name:ident: $($field:ident)*) => {
            pub struct $name {
                $($field: P,)*
            }
            impl $name {
                fn make() -> Self {
                    Self { $($field: handle(),)* }
                }
                /// # Errors
                ///
                /// None: the function reports nothing.
                pub fn dispose(&mut self) -> Result<(), ()> {
                    $(let pointer = mem::replace(&mut self.$field, ptr::null_mut());
                    if !pointer.is_null() {
                        // SAFETY: it is ours, and was taken out.
                        unsafe { sink::free(pointer) };
                    })*
                    Ok(())
                }
            }
            impl Drop for $name {
                fn drop(&mut self) {
                    let _ = self.dispose();
                }
            }
        };
    }
    sizes!(one);
    runs!("by hand", make);
    disposals!("by hand");
}

pub mod derived {
    use super::*;
    use dispose_core::Dispose;

    macro_rules! one {
        ($name:ident: $($field:ident)*) => {
            #[derive(Dispose)]
            pub struct $name {
                $(
                    // SAFETY: it is ours.
                    #[unmanaged(unsafe(release = sink::free))]
                    $field: P,
                )*
            }
            impl $name {
                fn make() -> Self {
                    Self { $($field: handle(),)* }
                }
            }
        };
    }
    sizes!(one);
    runs!("derived", make);
    disposals!("derived");
}

/// Without an empty state, as the three below.
pub mod by_value {
    use super::*;
    use dispose_core::Close;

    macro_rules! one {
        ($name:ident: $($field:ident)*) => {
            #[derive(Close)]
            pub struct $name {
                $(
                    // SAFETY: it is ours.
                    #[unmanaged(unsafe(release = sink::free), always)]
                    $field: P,
                )*
            }
            impl $name {
                fn make() -> Self {
                    Self { $($field: handle(),)* }
                }
            }
        };
    }
    sizes!(one);
    runs!("derived, `always`", make);
}

pub mod guarded {
    use super::*;
    use scopeguard::{ScopeGuard, guard};

    macro_rules! one {
        ($name:ident: $($field:ident)*) => {
            pub struct $name<F: FnOnce(P)> {
                $($field: ScopeGuard<P, F>,)*
            }
            impl $name<fn(P)> {
                /// The type of a closure has no name, but it can be returned.
                fn make() -> $name<impl FnOnce(P) + Copy> {
                    // SAFETY: it is ours.
                    let free = |pointer| unsafe { sink::free(pointer) };
                    $name { $($field: guard(handle(), free),)* }
                }
            }
        };
    }
    sizes!(one);
    runs!("scopeguard", make);
}

pub mod foreign {
    use super::*;
    use foreign_types::{ForeignType as _, foreign_type};

    foreign_type! {
        pub unsafe type Foreign {
            type CType = c_void;
            fn drop = sink::free;
        }
    }

    macro_rules! one {
        ($name:ident: $($field:ident)*) => {
            pub struct $name {
                $($field: Foreign,)*
            }
            impl $name {
                fn make() -> Self {
                    // SAFETY: it is ours.
                    Self { $($field: unsafe { Foreign::from_ptr(handle()) },)* }
                }
            }
        };
    }
    sizes!(one);
    runs!("foreign-types", make);
}

pub mod older {
    use super::*;
    use older_dispose::{Disposable, Dispose};

    pub struct Raw(P);

    impl Dispose for Raw {
        fn dispose(self) {
            // SAFETY: it is ours.
            unsafe { sink::free(self.0) };
        }
    }

    macro_rules! one {
        ($name:ident: $($field:ident)*) => {
            pub struct $name {
                $($field: Disposable<Raw>,)*
            }
            impl $name {
                fn make() -> Self {
                    Self { $($field: Raw(handle()).into(),)* }
                }
            }
        };
    }
    sizes!(one);
    runs!("older dispose", make);
}

/// Releases that may fail, and do not.
macro_rules! fallible_by_hand {
    ($check:path, $error:ty; $owner:ident: $($field:ident)*) => {
        pub struct $owner {
            $($field: P,)*
        }
        impl $owner {
            fn make() -> Self {
                Self { $($field: handle(),)* }
            }
            /// # Errors
            ///
            /// All that failed, with their names.
            pub fn dispose(&mut self) -> Result<(), Vec<(&'static str, $error)>> {
                let mut failures = Vec::new();
                $(let pointer = mem::replace(&mut self.$field, ptr::null_mut());
                if !pointer.is_null() {
                    // SAFETY: it is ours, and was taken out.
                    if let Err(error) = $check(unsafe { sink::close(pointer) }) {
                        failures.push((stringify!($field), error));
                    }
                })*
                if failures.is_empty() { Ok(()) } else { Err(failures) }
            }
        }
        impl Drop for $owner {
            fn drop(&mut self) {
                if let Err(failures) = self.dispose() {
                    eprintln!("{failures:?}");
                }
            }
        }
    };
}

macro_rules! fallible_derived {
    ($check:path; $owner:ident: $($field:ident)*) => {
        #[derive(Dispose)]
        pub struct $owner {
            $(
                // SAFETY: it is ours.
                #[unmanaged(unsafe(release = sink::close), check = $check)]
                $field: P,
            )*
        }
        impl $owner {
            fn make() -> Self {
                Self { $($field: handle(),)* }
            }
        }
    };
}

macro_rules! fallible {
    ($module:ident, $name:literal, $check:path, $error:ty) => {
        pub mod $module {
            use super::*;

            pub mod by_hand {
                use super::*;
                sizes!(fallible_by_hand, $check, $error);
                disposals!("by hand");
            }

            pub mod derived {
                use super::*;
                use dispose_core::Dispose;
                sizes!(fallible_derived, $check);
                disposals!("derived");
            }

            pub fn cases() -> Vec<super::Case> {
                let mut cases = by_hand::disposals();
                cases.extend(derived::disposals());
                for case in &mut cases {
                    case.work = format!("{}, {}", $name, case.work);
                }
                cases
            }
        }
    };
}

/// A `Result` of its own.
pub fn own(status: i32) -> Result<(), std::fmt::Error> {
    if status == 0 { Ok(()) } else { Err(std::fmt::Error) }
}

use dispose_core::{StatusError, status};
fallible!(zero, "`status::zero`", status::zero, StatusError);
fallible!(errno, "`status::errno`", status::errno, std::io::Error);
fallible!(result, "a `Result`", crate::kinds::own, std::fmt::Error);
