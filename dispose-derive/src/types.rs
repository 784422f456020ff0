//! Types, as far as their tokens show what they are.

use syn::{GenericArgument, PathArguments, Type, TypePath};

/// Returns `true` if it is a pointer, as far as its tokens show.
pub(crate) fn is_pointer(ty: &Type) -> bool {
    matches!(visible(ty), Type::Ptr(_))
}

/// Returns `true` if it has the name of an integer.
pub(crate) fn is_integer(ty: &Type) -> bool {
    let Type::Path(ty) = visible(ty) else { return false };
    let last = ty.path.segments.last().filter(|_| ty.qself.is_none());
    last.is_some_and(|last| INTEGERS.contains(&&*last.ident.to_string()))
}

/// Returns `true` if the last word of its path is `name`.
pub(crate) fn is_named(ty: &Type, name: &str) -> bool {
    matches!(visible(ty), Type::Path(ty) if ty.path.segments.last().is_some_and(|last| last.ident == name))
}

/// Returns the `T` of `name<T>`, if it is the only argument.
pub(crate) fn only_argument<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(TypePath { qself: None, path, .. }) = visible(ty) else { return None };
    let last = path.segments.last().filter(|last| last.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(ty)) if arguments.args.len() == 1 => Some(ty),
        _ => None,
    }
}

/// Returns the type without parentheses, visible or not.
pub(crate) fn visible(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => visible(&group.elem),
        Type::Paren(paren) => visible(&paren.elem),
        _ => ty,
    }
}

const INTEGERS: &[&str] = &[
    "i32", "c_int", "RawFd", "u32", "c_uint", "u64", "usize", "i64", "isize", "u16", "i16", "u8",
    "i8", "u128", "i128", "c_long", "c_ulong",
];
