//! The type as the other passes see it: borrowed from the parsed item, with names for what they ask.

use std::ops::Range;

use proc_macro2::Ident;
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt as _;
use syn::{Index, Member, Token, Type};

use crate::attr::{self, Part, Role, TypeOptions, Unmanaged};
use crate::errors::Errors;
use crate::item::{Data, Item, ItemField};
use crate::runtime::Runtime;
use crate::tokens::{append, here, written};
use crate::types::is_named;

/// The derive that is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Dispose,
    AsyncDispose,
    Close,
    SafeHandle,
}

impl Kind {
    /// Returns the name that messages use.
    pub(crate) fn name(self) -> &'static str {
        match self {
            // The two stand side by side and check the same, so that a mistake is one error.
            Self::Dispose | Self::AsyncDispose => "Dispose",
            Self::Close => "Close",
            Self::SafeHandle => "SafeHandle",
        }
    }
}

pub(crate) struct Input<'a> {
    pub(crate) kind: Kind,
    pub(crate) item: &'a Item<'a>,
    pub(crate) options: TypeOptions,
    pub(crate) runtime: Runtime,
    /// `self`, as the closures write it.
    pub(crate) owner: &'a Token![self],
    /// The fields of the struct, or of all variants in order.
    pub(crate) fields: Vec<Field<'a>>,
    pub(crate) shape: Shape<'a>,
}

pub(crate) enum Shape<'a> {
    Struct,
    Enum(Vec<Variant<'a>>),
    Union(&'a Token![union]),
}

pub(crate) struct Variant<'a> {
    pub(crate) ident: &'a Ident,
    fields: Range<usize>,
}

pub(crate) struct Field<'a> {
    pub(crate) original: &'a ItemField<'a>,
    index: usize,
    pub(crate) role: Role,
    /// The `self` in `self.member`.
    pub(crate) owner: &'a Token![self],
    pub(crate) member: Member,
}

impl<'a> Input<'a> {
    /// Reads everything; mistakes go to `errors`.
    pub(crate) fn new(kind: Kind, item: &'a Item<'a>, errors: &mut Errors) -> Self {
        let owner = &item.owner;
        let mut options = attr::of_type(&item.attrs.ours, errors);
        let mut fields = Vec::new();
        let shape = match &item.data {
            Data::Struct(originals) => {
                add(&mut fields, originals, owner, errors);
                Shape::Struct
            }
            Data::Enum(originals) => {
                let mut variants = Vec::new();
                for variant in originals {
                    attr::variant(&variant.attrs.ours, errors);
                    let start = fields.len();
                    add(&mut fields, &variant.fields, owner, errors);
                    variants.push(Variant { ident: &variant.ident, fields: start..fields.len() });
                }
                Shape::Enum(variants)
            }
            Data::Union(union) => Shape::Union(union),
        };
        let runtime = Runtime::new(options.krate.take());
        Self { kind, item, options, runtime, owner, fields, shape }
    }

    /// Returns the fields that stand beside each other: a struct's, or those of each variant.
    pub(crate) fn groups(&self) -> Vec<&[Field<'a>]> {
        match &self.shape {
            Shape::Struct => vec![&self.fields],
            Shape::Enum(variants) => {
                let mut groups = Vec::new();
                for variant in variants {
                    groups.push(self.fields_of(variant));
                }
                groups
            }
            Shape::Union(_) => Vec::new(),
        }
    }

    pub(crate) fn fields_of(&self, variant: &Variant<'_>) -> &[Field<'a>] {
        &self.fields[variant.fields.clone()]
    }

    /// Returns the fields that are `#[unmanaged]`, with their options.
    pub(crate) fn unmanaged(&self) -> impl Iterator<Item = (&Field<'a>, &Unmanaged)> {
        self.fields.iter().filter_map(|field| Some((field, field.unmanaged()?)))
    }

    /// Returns `true` if a field is moved out of a `ManuallyDrop`.
    pub(crate) fn moves_out(&self) -> bool {
        self.fields.iter().any(Field::is_moved_out)
    }

    pub(crate) fn is_struct(&self) -> bool {
        matches!(self.shape, Shape::Struct)
    }

    /// Returns the type's name as the expansion writes it. No lint of the user's own looks at it.
    pub(crate) fn ident(&self) -> Ident {
        in_expansion(&self.item.ident)
    }
}

fn add<'a>(
    fields: &mut Vec<Field<'a>>,
    originals: &'a [ItemField<'a>],
    owner: &'a Token![self],
    errors: &mut Errors,
) {
    for (index, original) in originals.iter().enumerate() {
        let (name, member) = match &original.ident {
            Some(ident) => (ident.to_string(), Member::Named(in_expansion(ident))),
            None => ("value".into(), Member::Unnamed(Index::from(index))),
        };
        let role = attr::field(&original.attrs.ours, &name, errors);
        fields.push(Field { original, index, role, owner, member });
    }
}

impl<'a> Field<'a> {
    pub(crate) fn ty(&self) -> &'a Type {
        &self.original.ty
    }

    /// Its type as in `<Type as Trait>`, where a trait object without `dyn` would go on behind its `+`.
    pub(crate) fn self_type(&self) -> impl ToTokens + '_ {
        let ty = self.ty();
        written(move |tokens| match ty {
            Type::TraitObject(object) if object.dyn_token.is_none() => {
                append(tokens, quote!((#ty)));
            }
            ty => ty.to_tokens(tokens),
        })
    }

    pub(crate) fn unmanaged(&self) -> Option<&Unmanaged> {
        match &self.role {
            Role::Unmanaged(options) => Some(options),
            _ => None,
        }
    }

    /// Returns the word that asks for an asynchronous release.
    pub(crate) fn asynchrony(&self) -> Option<&Ident> {
        match &self.role {
            Role::Unmanaged(options) => options.release_async.as_ref().map(|release| &release.key),
            Role::Part(Part { asynchrony }) => asynchrony.as_ref(),
            _ => None,
        }
    }

    /// Returns `true` if the disposal releases it.
    pub(crate) fn is_tracked(&self) -> bool {
        matches!(self.role, Role::Unmanaged(..) | Role::Part(..))
    }

    /// Returns `true` if it holds a resource as long as its owner lives.
    pub(crate) fn is_always(&self) -> bool {
        self.unmanaged().is_some_and(|options| options.always.is_some())
    }

    /// Returns `true` if its value is moved out of a `ManuallyDrop`, as far as the name shows.
    pub(crate) fn is_moved_out(&self) -> bool {
        self.is_always() && is_named(self.ty(), "ManuallyDrop")
    }

    /// Returns the place of its failures: the field's name or number.
    pub(crate) fn path(&self) -> String {
        match &self.original.ident {
            Some(ident) => ident.unraw().to_string(),
            None => self.index.to_string(),
        }
    }

    /// Returns the name that a variant's pattern binds it to.
    pub(crate) fn binding(&self) -> Ident {
        format_ident!("__field_{}", self.index)
    }

    /// Returns the name by which closures in the same variant know it.
    pub(crate) fn sibling_name(&self) -> String {
        self.original.sibling_name(self.index)
    }
}

/// Returns the name at the user's place with the expansion's hygiene. Errors point at it, lints skip it.
fn in_expansion(ident: &Ident) -> Ident {
    let mut ident = ident.clone();
    ident.set_span(here(ident.span()));
    ident
}
