//! One derive from beginning to end.

use proc_macro2::TokenStream;
use syn::{Attribute, Data, DeriveInput, Field, Fields, Meta, Token};

use crate::errors::Errors;
use crate::input::{Input, Kind, sibling_name};
use crate::names::{Owner, unified};
use crate::typing::{finished, is_ours, look};
use crate::written::append;
use crate::{check, expand, fallback};

/// The whole of a derive, from the item's tokens to the items that are added. Never fails: a mistake
/// is a `compile_error!`, beside the impls that the rest of the program counts on.
pub(crate) fn derive(kind: Kind, item: TokenStream) -> TokenStream {
    match syn::parse2::<DeriveInput>(item) {
        Ok(mut item) => {
            let owner = prepare(&mut item);
            expand(kind, &item, owner)
        }
        Err(error) => error.into_compile_error(),
    }
}

/// Edits the tokens in our attributes before they are read, and returns the `self` that they name.
fn prepare(item: &mut DeriveInput) -> Token![self] {
    let mut owner = Owner::default();
    let mut prepare = |attr: &mut Attribute| {
        if !is_ours(attr) {
            return;
        }
        let Meta::List(list) = &mut attr.meta else { return };
        let found = look(&list.tokens);
        if found.unfinished {
            list.tokens = finished(&list.tokens);
        }
        match (found.owner, found.more) {
            (None, false) => {}
            (Some(word), false) if owner.begins_at(word) => {}
            _ => {
                if let Some(unified) = owner.unified(&list.tokens) {
                    list.tokens = unified;
                }
            }
        }
    };
    let fields: Vec<&mut Field> = match &mut item.data {
        Data::Struct(data) => data.fields.iter_mut().collect(),
        Data::Enum(data) => data.variants.iter_mut().flat_map(|of| &mut of.fields).collect(),
        Data::Union(_) => Vec::new(),
    };
    item.attrs.iter_mut().for_each(&mut prepare);
    fields.into_iter().flat_map(|field| &mut field.attrs).for_each(prepare);
    if let Data::Enum(data) = &mut item.data {
        data.variants.iter_mut().for_each(|variant| unify_siblings(&mut variant.fields));
    }
    owner.receiver()
}

/// Gives a sibling one name, where a macro and its caller both name it.
fn unify_siblings(fields: &mut Fields) {
    let names: Vec<_> =
        fields.iter().enumerate().map(|(at, field)| sibling_name(field, at)).collect();
    if names.len() < 2 {
        return;
    }
    for (at, field) in fields.iter_mut().enumerate() {
        for attr in field.attrs.iter_mut().filter(|attr| is_ours(attr)) {
            let Meta::List(list) = &mut attr.meta else { continue };
            for (_, name) in names.iter().enumerate().filter(|(other, _)| *other != at) {
                if let Some(unified) = unified(&list.tokens, name) {
                    list.tokens = unified;
                }
            }
        }
    }
}

fn expand(kind: Kind, item: &DeriveInput, owner: Token![self]) -> TokenStream {
    let mut errors = Errors::default();
    let input = Input::new(kind, item, owner, &mut errors);
    match kind {
        Kind::Dispose | Kind::AsyncDispose | Kind::Close => check::check(&input, &mut errors),
        Kind::SafeHandle => check::check_safe_handle(&input, &mut errors),
    }
    let mut expansion: TokenStream =
        errors.begun.iter().filter_map(|begun| begun.offer(&input.runtime)).collect();
    if let Some(errors) = errors.into_compile_errors() {
        expansion.extend([errors, fallback::expand(&input)]);
        return expansion;
    }
    append(
        &mut expansion,
        match kind {
            Kind::Dispose => expand::dispose(&input),
            Kind::AsyncDispose => expand::async_dispose(&input),
            Kind::Close => expand::close(&input),
            Kind::SafeHandle => expand::safe_handle(&input),
        },
    );
    expansion
}
