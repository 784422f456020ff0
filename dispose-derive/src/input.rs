//! The type as the other passes see it: borrowed from the parsed item, with names for what they ask.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote};
use syn::ext::IdentExt as _;
use syn::{Data, DeriveInput, Fields, Index, Member, Path, Type, parse_quote};

use crate::attr::{self, Container, Part, Role, Unmanaged};
use crate::errors::Errors;

/// Which derive is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Dispose,
    AsyncDispose,
    Close,
    SafeHandle,
}

pub(crate) struct Input<'a> {
    pub(crate) kind: Kind,
    pub(crate) ast: &'a DeriveInput,
    pub(crate) options: Container,
    /// Where the runtime crate is.
    pub(crate) runtime: Path,
    pub(crate) shape: Shape<'a>,
}

pub(crate) enum Shape<'a> {
    Struct(Vec<Field<'a>>),
    Enum(Vec<Variant<'a>>),
    Union,
}

pub(crate) struct Variant<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) fields: Vec<Field<'a>>,
}

pub(crate) struct Field<'a> {
    pub(crate) original: &'a syn::Field,
    index: usize,
    pub(crate) role: Role,
}

impl<'a> Input<'a> {
    /// Reads everything; mistakes go to `errors`.
    pub(crate) fn new(kind: Kind, ast: &'a DeriveInput, errors: &mut Errors) -> Self {
        let options = attr::container(&ast.attrs, errors);
        let shape = match &ast.data {
            Data::Struct(data) => Shape::Struct(fields(&data.fields, errors)),
            Data::Enum(data) => Shape::Enum(
                data.variants
                    .iter()
                    .map(|variant| {
                        attr::variant(&variant.attrs, errors);
                        Variant { ident: &variant.ident, fields: fields(&variant.fields, errors) }
                    })
                    .collect(),
            ),
            Data::Union(_) => Shape::Union,
        };
        let runtime = options.krate.clone().unwrap_or_else(|| parse_quote!(::dispose_core));
        Self { kind, ast, options, runtime, shape }
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field<'a>> {
        let (fields, variants): (&[Field<'a>], &[Variant<'a>]) = match &self.shape {
            Shape::Struct(fields) => (fields, &[]),
            Shape::Enum(variants) => (&[], variants),
            Shape::Union => (&[], &[]),
        };
        fields.iter().chain(variants.iter().flat_map(|variant| &variant.fields))
    }

    /// The fields that are `#[unmanaged]`, with their options.
    pub(crate) fn unmanaged(&self) -> impl Iterator<Item = (&Field<'a>, &Unmanaged)> {
        self.fields().filter_map(|field| Some((field, field.unmanaged()?)))
    }

    pub(crate) fn is_struct(&self) -> bool {
        matches!(self.shape, Shape::Struct(_))
    }

    /// The type's name as the expansion writes it: no lint of the user's own looks at it.
    pub(crate) fn ident(&self) -> Ident {
        in_expansion(&self.ast.ident)
    }
}

fn fields<'a>(fields: &'a Fields, errors: &mut Errors) -> Vec<Field<'a>> {
    fields
        .iter()
        .enumerate()
        .map(|(index, original)| {
            let name = original.ident.as_ref().map_or_else(|| "value".into(), Ident::to_string);
            Field { original, index, role: attr::field(&original.attrs, &name, errors) }
        })
        .collect()
}

impl<'a> Field<'a> {
    pub(crate) fn ty(&self) -> &'a Type {
        &self.original.ty
    }

    /// Its type as in `<Type as Trait>`, where a trait object without `dyn` would go on behind its `+`.
    pub(crate) fn self_type(&self) -> TokenStream {
        match self.ty() {
            ty @ Type::TraitObject(object) if object.dyn_token.is_none() => quote!((#ty)),
            ty => ty.to_token_stream(),
        }
    }

    pub(crate) fn unmanaged(&self) -> Option<&Unmanaged> {
        match &self.role {
            Role::Unmanaged(options) => Some(options),
            _ => None,
        }
    }

    /// The word that asks for an asynchronous release.
    pub(crate) fn asynchrony(&self) -> Option<&Ident> {
        match &self.role {
            Role::Unmanaged(options) => options.release_async.as_ref().map(|release| &release.key),
            Role::Part(Part { asynchrony }) => asynchrony.as_ref(),
            _ => None,
        }
    }

    /// Whether the disposal releases it.
    pub(crate) fn is_tracked(&self) -> bool {
        matches!(self.role, Role::Unmanaged(..) | Role::Part(..))
    }

    /// The place of its failures: the field's name or number.
    pub(crate) fn path(&self) -> String {
        match &self.original.ident {
            Some(ident) => ident.unraw().to_string(),
            None => self.index.to_string(),
        }
    }

    /// As in `self.member`.
    pub(crate) fn member(&self) -> Member {
        match &self.original.ident {
            Some(ident) => Member::Named(in_expansion(ident)),
            None => Member::Unnamed(Index::from(self.index)),
        }
    }

    /// The name that a variant's pattern binds it to.
    pub(crate) fn binding(&self) -> Ident {
        format_ident!("__field_{}", self.index)
    }

    /// The name by which closures in the same variant know it.
    pub(crate) fn sibling_name(&self) -> String {
        match &self.original.ident {
            Some(ident) => ident.to_string(),
            None => format!("_{}", self.index),
        }
    }
}

/// At the user's place, but as part of the expansion: errors point at it, lints do not.
fn in_expansion(ident: &Ident) -> Ident {
    let mut ident = ident.clone();
    ident.set_span(Span::call_site().located_at(ident.span()));
    ident
}
