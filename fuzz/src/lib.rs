//! The macros as functions from tokens to tokens, outside of a compiler, and what must hold for any
//! input: they do not panic, and they return items that parse, errors among them or not.

#![allow(dead_code, reason = "a fuzz target uses a part of the macros' source")]

#[path = "../../dispose-derive/src/attr.rs"]
mod attr;
#[path = "../../dispose-derive/src/callee.rs"]
mod callee;
#[path = "../../dispose-derive/src/check.rs"]
mod check;
#[path = "../../dispose-derive/src/closure.rs"]
mod closure;
#[path = "../../dispose-derive/src/contents.rs"]
mod contents;
#[path = "../../dispose-derive/src/derive.rs"]
mod derive;
#[path = "../../dispose-derive/src/errors.rs"]
mod errors;
#[path = "../../dispose-derive/src/expand/mod.rs"]
mod expand;
#[path = "../../dispose-derive/src/input.rs"]
mod input;
#[path = "../../dispose-derive/src/invalid.rs"]
mod invalid;
#[path = "../../dispose-derive/src/item.rs"]
mod item;
#[path = "../../dispose-derive/src/keys.rs"]
mod keys;
#[path = "../../dispose-derive/src/names.rs"]
mod names;
#[path = "../../dispose-derive/src/runtime.rs"]
mod runtime;
#[path = "../../dispose-derive/src/stubs.rs"]
mod stubs;
#[path = "../../dispose-derive/src/tokens.rs"]
mod tokens;
#[path = "../../dispose-derive/src/types.rs"]
mod types;
#[path = "../../dispose-derive/src/unfinished.rs"]
mod unfinished;
#[path = "../../dispose-derive/src/value.rs"]
mod value;

pub mod pieces;

use proc_macro2::TokenStream;

use crate::input::Kind;

/// Runs all derives on one item.
///
/// # Panics
///
/// Panics if what a derive returns is not a list of items. The fuzzer looks for that.
pub fn check_all(item: &TokenStream) {
    if has_field_without_name(item) {
        return;
    }
    for kind in [Kind::Dispose, Kind::AsyncDispose, Kind::Close, Kind::SafeHandle] {
        let output = derive::derive(kind, item.clone());
        let text = output.to_string();
        match syn::parse2::<syn::File>(output) {
            Ok(file) => assert!(!file.items.is_empty(), "nothing for {item}"),
            Err(error) => panic!("{error}\n-- for\n{item}\n-- came\n{text}"),
        }
    }
}

/// Inside of a compiler, `syn` does not take `_` for a name.
fn has_field_without_name(item: &TokenStream) -> bool {
    let Ok(item) = syn::parse2::<syn::DeriveInput>(item.clone()) else { return false };
    let fields: Vec<_> = match &item.data {
        syn::Data::Struct(data) => data.fields.iter().collect(),
        syn::Data::Enum(data) => data.variants.iter().flat_map(|variant| &variant.fields).collect(),
        syn::Data::Union(data) => data.fields.named.iter().collect(),
    };
    fields.iter().any(|field| field.ident.as_ref().is_some_and(|name| name == "_"))
}
