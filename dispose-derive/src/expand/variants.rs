//! The same question or action for each variant of an enum.

use proc_macro2::TokenStream;
use quote::quote;

use super::access::Access;
use crate::input::{Field, Input, Shape, Variant};

/// The bindings of an arm, and its body.
pub(super) struct Arm<'a> {
    pub(super) bound: Vec<&'a Field<'a>>,
    pub(super) body: TokenStream,
}

/// Returns the fields that `is_bound` selects.
pub(super) fn bound<'a>(
    fields: &'a [Field<'a>],
    is_bound: &dyn Fn(&Field<'a>) -> bool,
) -> Vec<&'a Field<'a>> {
    fields.iter().filter(|field| is_bound(field)).collect()
}

/// Writes the same question or action for each group of fields: a struct's own, or each variant's in a `match`.
pub(super) fn each_group<'a>(
    input: &'a Input<'a>,
    arm: &dyn Fn(&'a [Field<'a>], Access<'a>) -> Option<Arm<'a>>,
    rest: &TokenStream,
) -> Option<TokenStream> {
    match &input.shape {
        Shape::Struct => Some(arm(&input.fields, Access::Member)?.body),
        Shape::Enum(variants) => {
            match_self(input, variants, &|fields| arm(fields, Access::Binding(fields)), rest)
        }
        Shape::Union(_) => None,
    }
}

/// Writes `match self { Self::Variant { bound, .. } => { body } … _ => rest }`, with `rest` for the variants
/// without an arm. Returns `None` if no variant has one.
pub(super) fn match_self<'a>(
    input: &'a Input<'a>,
    variants: &[Variant<'_>],
    arm: &dyn Fn(&'a [Field<'a>]) -> Option<Arm<'a>>,
    rest: &TokenStream,
) -> Option<TokenStream> {
    let mut arms = Vec::new();
    for variant in variants {
        let Some(Arm { bound, body }) = arm(input.fields_of(variant)) else { continue };
        let ident = variant.ident;
        let members = bound.iter().map(|field| &field.member);
        let bindings = bound.iter().map(|field| field.binding());
        arms.push(quote!(Self::#ident { #(#members: #bindings,)* .. } => { #body }));
    }
    if arms.is_empty() {
        return None;
    }
    let rest = (arms.len() < variants.len()).then(|| quote!(_ => #rest));
    let owner = input.owner;
    Some(quote!(match #owner { #(#arms)* #rest }))
}
