//! The contents of a field's type, as far as its tokens show: raw handles, and types that only the compiler
//! knows.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{GenericArgument, GenericParam, Path, PathArguments, Type, TypeParamBound};

use crate::input::Input;
use crate::tokens::is_one_of;
use crate::types::{is_named, only_argument, visible};

/// The contents of a type, and of the standard library's containers in it.
#[derive(Default)]
pub(crate) struct Contents<'a> {
    /// `true` if the tokens show a raw handle.
    pub(crate) has_raw: bool,
    /// The types that only the compiler knows.
    pub(crate) unknown: Vec<&'a Type>,
    /// `true` if there are others, about which it cannot be asked.
    pub(crate) has_dependent: bool,
    /// The paths in `dyn Trait` that may name `Close` or `AsyncDispose`, which have no `dyn`.
    pub(crate) dyn_bounds: Vec<&'a Path>,
}

/// The attribute that would release a part which is only `Close`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    Bare,
    Slot,
    Each,
    Other,
}

impl<'a> Contents<'a> {
    pub(crate) fn of(input: &Input<'_>, ty: &'a Type) -> Self {
        let mut contents = Self::default();
        contents.add(input, ty);
        contents
    }

    fn add(&mut self, input: &Input<'_>, ty: &'a Type) {
        match visible(ty) {
            Type::Ptr(_) => self.has_raw = true,
            Type::Array(array) => self.add(input, &array.elem),
            Type::Slice(slice) => self.add(input, &slice.elem),
            Type::Tuple(tuple) => {
                for ty in &tuple.elems {
                    self.add(input, ty);
                }
            }
            Type::Path(path) if path.qself.is_none() => match content(&path.path) {
                Content::Raw => self.has_raw = true,
                Content::Container => {
                    for ty in arguments(&path.path) {
                        self.add(input, ty);
                    }
                }
                Content::Plain => {}
                Content::Unknown => self.ask(input, ty),
            },
            Type::TraitObject(object) => {
                let known = self.dyn_bounds.len();
                for bound in &object.bounds {
                    if let TypeParamBound::Trait(bound) = bound {
                        self.dyn_bounds.extend(may_be_ours(&bound.path));
                    }
                }
                if self.dyn_bounds.len() == known {
                    self.ask(input, ty);
                }
            }
            Type::Path(_) | Type::Macro(_) => self.ask(input, ty),
            _ => {}
        }
    }

    fn ask(&mut self, input: &Input<'_>, ty: &'a Type) {
        if is_dependent(input, ty) {
            self.has_dependent = true;
        } else {
            self.unknown.push(ty);
        }
    }
}

impl Remedy {
    pub(crate) fn of(ty: &Type) -> Self {
        if is_unknown(ty) {
            return Self::Bare;
        }
        match visible(ty) {
            Type::Array(array) if is_option_of_unknown(&array.elem) => Self::Each,
            Type::Path(path) => {
                let Some(last) = path.path.segments.last() else { return Self::Other };
                let of = arguments(&path.path);
                match (last.ident.to_string().as_str(), of.as_slice()) {
                    ("Option" | "OnceCell" | "OnceLock", [of]) if is_unknown(of) => Self::Slot,
                    ("Cell" | "RefCell" | "Mutex" | "RwLock", [of]) if is_option_of_unknown(of) => {
                        Self::Slot
                    }
                    ("Vec" | "VecDeque", [of]) if is_unknown(of) => Self::Each,
                    ("BTreeMap" | "HashMap", [key, of, ..])
                        if !is_unknown(key) && is_unknown(of) =>
                    {
                        Self::Each
                    }
                    ("Box", [of]) => match visible(of) {
                        Type::Slice(slice) if is_option_of_unknown(&slice.elem) => Self::Each,
                        _ => Self::Other,
                    },
                    _ => Self::Other,
                }
            }
            _ => Self::Other,
        }
    }
}

/// Returns `true` if it is `Option<Box<Self>>`, in these words or with the type's own name.
pub(crate) fn is_next(input: &Input<'_>, ty: &Type) -> bool {
    let of = |ty, name| only_argument(ty, name).filter(|_| is_in_std(ty));
    let Some(value) = of(ty, "Option").and_then(|boxed| of(boxed, "Box")) else { return false };
    let (name, generics) = (input.ident(), input.item.generics.split_for_impl().1);
    let value = value.to_token_stream().to_string();
    value == "Self" || value == quote!(#name #generics).to_string()
}

/// Returns `true` if a path does not lead elsewhere.
fn is_in_std(ty: &Type) -> bool {
    match visible(ty) {
        Type::Path(path) => is_std_path(&path.path),
        _ => false,
    }
}

fn is_std_path(path: &Path) -> bool {
    let first = path.segments.first();
    path.segments.len() == 1
        || first.is_some_and(|first| is_one_of(&first.ident, &["std", "core", "alloc"]))
}

fn is_unknown(ty: &Type) -> bool {
    matches!(visible(ty), Type::Path(path) if matches!(content(&path.path), Content::Unknown))
}

fn is_option_of_unknown(ty: &Type) -> bool {
    is_named(ty, "Option") && Remedy::of(ty) == Remedy::Slot
}

/// Returns the types among the arguments of a path's last word.
pub(crate) fn arguments(path: &Path) -> Vec<&Type> {
    let mut types = Vec::new();
    if let Some(PathArguments::AngleBracketed(arguments)) =
        path.segments.last().map(|last| &last.arguments)
    {
        for argument in &arguments.args {
            if let GenericArgument::Type(ty) = argument {
                types.push(ty);
            }
        }
    }
    types
}

/// Returns the path if it has the name of a trait of ours that has no `dyn`.
fn may_be_ours(path: &Path) -> Option<&Path> {
    let last = path.segments.last()?;
    is_one_of(&last.ident, &["Close", "AsyncDispose"]).then_some(path)
}

enum Content {
    Raw,
    Container,
    /// Holds nothing to release, or shares it.
    Plain,
    Unknown,
}

fn content(path: &Path) -> Content {
    let Some(last) = path.segments.last() else { return Content::Plain };
    let name = last.ident.to_string();
    let name = name.as_str();
    let has_arguments = !matches!(last.arguments, PathArguments::None);
    if RAW.contains(&name) {
        Content::Raw
    } else if has_arguments && modules(name).is_some() {
        Content::Container
    } else if PLAIN.contains(&name) && is_std_path(path) {
        Content::Plain
    } else {
        Content::Unknown
    }
}

/// Returns the type with `stand_in` in the place of the derived type itself, as far as containers show it. A constant
/// outside of the impl cannot ask about that, if it is generic or is called `Self`.
pub(crate) fn with_stand_in(input: &Input<'_>, ty: &Type, stand_in: &dyn ToTokens) -> Option<Type> {
    syn::parse2(replaced(input, ty, stand_in)).ok()
}

fn replaced(input: &Input<'_>, ty: &Type, stand_in: &dyn ToTokens) -> TokenStream {
    let inside = |ty: &Type| replaced(input, ty, stand_in);
    match visible(ty) {
        Type::Array(array) => {
            let (of, len) = (inside(&array.elem), &array.len);
            quote!([#of; #len])
        }
        Type::Slice(slice) => {
            let of = inside(&slice.elem);
            quote!([#of])
        }
        Type::Tuple(tuple) => {
            let elements = tuple.elems.iter().map(inside);
            quote!((#(#elements,)*))
        }
        Type::Path(path) if path.qself.is_none() => {
            let Some(last) = path.path.segments.last() else { return ty.to_token_stream() };
            if is_itself(input, &path.path) {
                return stand_in.to_token_stream();
            }
            match (content(&path.path), &last.arguments) {
                (Content::Container, PathArguments::AngleBracketed(arguments))
                    if is_container_of_std(&path.path) =>
                {
                    let before = path.path.segments.iter().rev().skip(1).rev();
                    let (colon, name) = (&path.path.leading_colon, &last.ident);
                    let arguments = arguments.args.iter().map(|argument| match argument {
                        GenericArgument::Type(ty) => inside(ty),
                        argument => argument.to_token_stream(),
                    });
                    quote!(#colon #(#before::)* #name<#(#arguments),*>)
                }
                _ => ty.to_token_stream(),
            }
        }
        _ => ty.to_token_stream(),
    }
}

/// Returns `true` if the path leads to a container of the standard library. It may begin at a module, as
/// `sync::Mutex` does. In any other module it may be the author's own, with bounds of its own.
fn is_container_of_std(path: &Path) -> bool {
    let mut words = path.segments.iter().map(|segment| &segment.ident).rev();
    let modules = words.next().and_then(|name| modules(&name.to_string()));
    let begins_at_module = path.leading_colon.is_none()
        && modules.is_some_and(|modules| words.all(|word| is_one_of(word, modules)));
    begins_at_module || is_std_path(path)
}

/// Returns `true` if the path is `Self`, the type's name, or `self::` and that. Any longer one may lead to another type.
fn is_itself(input: &Input<'_>, path: &Path) -> bool {
    let itself = input.ident();
    let words: Vec<_> = path.segments.iter().map(|segment| &segment.ident).collect();
    match words.as_slice() {
        [name] => *name == "Self" || **name == itself,
        [module, name] => *module == "self" && **name == itself,
        _ => false,
    }
}

/// Returns `true` if a type has a reference in it, or names a generic parameter, a lifetime or `Self`. A
/// constant outside of the impl cannot name these.
pub(crate) fn is_dependent(input: &Input<'_>, ty: &Type) -> bool {
    fn names(input: &Input<'_>, tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => names(input, group.stream()),
            TokenTree::Punct(punct) => matches!(punct.as_char(), '\'' | '&' | '!'),
            TokenTree::Ident(ident) => {
                ident == "Self"
                    || input.item.generics.params.iter().any(|parameter| match parameter {
                        GenericParam::Type(parameter) => parameter.ident == ident,
                        GenericParam::Const(parameter) => parameter.ident == ident,
                        GenericParam::Lifetime(_) => false,
                    })
            }
            TokenTree::Literal(_) => false,
        })
    }
    names(input, ty.to_token_stream())
}

const RAW: &[&str] = &["NonNull", "AtomicPtr", "RawFd", "RawHandle", "RawSocket"];

/// Returns the modules in which the standard library has a container of that name.
fn modules(container: &str) -> Option<&'static [&'static str]> {
    CONTAINERS.iter().find(|(name, _)| *name == container).map(|(_, modules)| *modules)
}

/// The containers, and the modules in which the standard library has them.
const CONTAINERS: &[(&str, &[&str])] = &[
    ("Option", &["option"]),
    ("Result", &["result", "io", "thread"]),
    ("Vec", &["vec"]),
    ("VecDeque", &["collections", "vec_deque"]),
    ("LinkedList", &["collections", "linked_list"]),
    ("BinaryHeap", &["collections", "binary_heap"]),
    ("HashMap", &["collections", "hash_map"]),
    ("HashSet", &["collections", "hash_set"]),
    ("BTreeMap", &["collections", "btree_map"]),
    ("BTreeSet", &["collections", "btree_set"]),
    ("Box", &["boxed"]),
    ("Pin", &["pin"]),
    ("Cell", &["cell"]),
    ("RefCell", &["cell"]),
    ("UnsafeCell", &["cell"]),
    ("OnceCell", &["cell"]),
    ("OnceLock", &["sync"]),
    ("Mutex", &["sync"]),
    ("RwLock", &["sync"]),
    ("ManuallyDrop", &["mem"]),
    ("MaybeUninit", &["mem"]),
];

/// The types about which the compiler is not asked. That spares it work.
const PLAIN: &[&str] = &[
    "bool",
    "char",
    "str",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "f32",
    "f64",
    "c_char",
    "c_int",
    "c_uint",
    "c_long",
    "c_ulong",
    "c_void",
    "String",
    "Rc",
    "Arc",
    "Weak",
    "PhantomData",
    "PathBuf",
    "OsString",
    "CString",
    "Duration",
    "Instant",
    "SystemTime",
    "OwnedFd",
    "AtomicBool",
    "AtomicUsize",
    "AtomicU32",
    "AtomicU64",
    "AtomicI32",
];
