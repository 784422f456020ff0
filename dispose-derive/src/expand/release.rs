//! The pass over the fields: each is emptied, then its release runs on what was in it.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};

use syn::Path;

use super::call::{Call, Pass, Value, call, extent};
use crate::attr::{Part, Role, Unmanaged};
use crate::input::{Field, Input, Shape};
use crate::value::Callee;

/// The body of `release_all(&mut self, __failures)`, or of `release_all_async`. `held` asks whether
/// anything is.
pub(super) fn release_all(input: &Input<'_>, held: &TokenStream, pass: Pass) -> TokenStream {
    let runtime = &input.runtime;
    let before = input.options.before.as_ref().map(|before| {
        // A function's parameter has a type, so `self` is borrowed; a closure's would take it.
        let owner = match before {
            Callee::Path(_) => quote!(self),
            Callee::Closure(_) => quote!(&mut *self),
        };
        let outcome = call(runtime, before, &owner);
        let only_before = !input.fields().any(Field::is_tracked);
        let condition = if only_before { TokenStream::new() } else { quote!(&& #held) };
        quote! {
            if __failures.begin() #condition {
                __failures.record("before", #outcome);
            }
        }
    });
    let fields = match &input.shape {
        Shape::Struct(fields) => steps(runtime, fields, Access::Member, pass),
        Shape::Enum(variants) => {
            let tracked =
                variants.iter().filter(|variant| variant.fields.iter().any(Field::is_tracked));
            let arms: Vec<_> = tracked
                .map(|variant| {
                    let ident = variant.ident;
                    let bound = variant.fields.iter().filter(|field| {
                        field.is_tracked() || is_named_in(field, &variant.fields, pass)
                    });
                    let patterns = patterns(bound);
                    let access = Access::Binding(&variant.fields);
                    let steps = steps(runtime, &variant.fields, access, pass);
                    quote!(Self::#ident { #patterns .. } => { #steps })
                })
                .collect();
            let rest = (arms.len() < variants.len()).then(|| quote!(_ => {}));
            if arms.is_empty() {
                TokenStream::new()
            } else {
                quote!(match self { #(#arms)* #rest })
            }
        }
        Shape::Union => TokenStream::new(),
    };
    quote!(#before #fields)
}

/// A release that returns `!` makes the recording of its outcome unreachable. Where closures of the
/// user's stand in the function, their lints go before.
pub(super) fn unreachable(input: &Input<'_>, pass: Pass) -> Option<TokenStream> {
    let is_closure = |callee: &Callee| matches!(callee, Callee::Closure(_));
    let calls = || input.unmanaged().filter_map(|(_, options)| Call::of(options, pass));
    let closures = calls().flat_map(Call::callees).any(is_closure)
        || input.options.before.as_ref().is_some_and(is_closure);
    let diverges = calls().any(|call| call.check.is_none());
    (diverges && !closures)
        .then(|| quote!(#[allow(unreachable_code, clippy::diverging_sub_expression)]))
}

/// The expression that tells whether all fields are empty.
pub(super) fn is_empty(input: &Input<'_>) -> TokenStream {
    let runtime = &input.runtime;
    let all = |fields: &[Field<'_>], access: Access<'_>| {
        let mut fields = fields.iter().filter(|field| field.is_tracked());
        let Some(first) = fields.next() else { return quote!(true) };
        let first = is_field_empty(runtime, first, access);
        let rest = fields.map(|field| is_field_empty(runtime, field, access));
        quote!(#first #(&& #rest)*)
    };
    match &input.shape {
        Shape::Struct(fields) if !fields.iter().any(Field::is_tracked) => quote!(false),
        Shape::Struct(fields) => all(fields, Access::Member),
        Shape::Enum(variants) => {
            let tracked =
                |variant: &&crate::input::Variant<'_>| variant.fields.iter().any(Field::is_tracked);
            let arms: Vec<_> = variants
                .iter()
                .filter(tracked)
                .map(|variant| {
                    let ident = variant.ident;
                    let patterns = patterns(variant.fields.iter().filter(|field| {
                        field.unmanaged().is_none_or(|options| options.always.is_none())
                            && field.is_tracked()
                    }));
                    let all = all(&variant.fields, Access::Binding(&variant.fields));
                    quote!(Self::#ident { #patterns .. } => #all,)
                })
                .collect();
            let rest = (arms.len() < variants.len()).then(|| quote!(_ => true,));
            if arms.is_empty() { quote!(false) } else { quote!(match self { #(#arms)* #rest }) }
        }
        Shape::Union => quote!(true),
    }
}

fn patterns<'a, 'b: 'a>(fields: impl Iterator<Item = &'a Field<'b>>) -> TokenStream {
    fields
        .map(|field| {
            let (member, binding) = (field.member(), field.binding());
            quote!(#member: #binding,)
        })
        .collect()
}

/// How the code reaches a field: `self.member`, or the binding of a variant's pattern.
#[derive(Clone, Copy)]
pub(super) enum Access<'a> {
    Member,
    /// With the variant's fields, which a closure names by themselves.
    Binding(&'a [Field<'a>]),
}

impl Access<'_> {
    fn exclusive(self, field: &Field<'_>) -> TokenStream {
        match self {
            Self::Member => {
                let member = field.member();
                quote!(&mut self.#member)
            }
            Self::Binding(_) => field.binding().into_token_stream(),
        }
    }

    fn shared(self, field: &Field<'_>) -> TokenStream {
        match self {
            Self::Member => {
                let member = field.member();
                quote!(&self.#member)
            }
            Self::Binding(_) => field.binding().into_token_stream(),
        }
    }

    fn place(self, field: &Field<'_>) -> TokenStream {
        match self {
            Self::Member => {
                let member = field.member();
                quote!(self.#member)
            }
            Self::Binding(_) => {
                let binding = field.binding();
                quote!(*#binding)
            }
        }
    }
}

fn steps(runtime: &Path, fields: &[Field<'_>], access: Access<'_>, pass: Pass) -> TokenStream {
    let step = |field: &Field<'_>| match &field.role {
        Role::Part(part) => nest(runtime, field, part, access, pass),
        Role::Unmanaged(options) => match Call::of(options, pass) {
            Some(call) => Step { runtime, field, options, access, call }.tokens(),
            None => only_async(runtime, field, options, access),
        },
        _ => TokenStream::new(),
    };
    fields.iter().rev().map(step).collect()
}

/// A part that is itself disposable.
fn nest(
    runtime: &Path,
    field: &Field<'_>,
    part: &Part,
    access: Access<'_>,
    pass: Pass,
) -> TokenStream {
    let path = field.path();
    let exclusive = access.exclusive(field);
    let arguments = quote!(#exclusive, #path, __failures);
    if pass == Pass::Async && part.asynchrony.is_some() {
        let nest = on_type(field, &quote!(#runtime::AsyncDispose), "__nest_async", arguments);
        return quote!(#nest.await;);
    }
    let nest = on_type(field, &quote!(#runtime::Dispose), "__nest", arguments);
    quote!(#nest;)
}

/// What this pass has no release for.
fn only_async(
    runtime: &Path,
    field: &Field<'_>,
    options: &Unmanaged,
    access: Access<'_>,
) -> TokenStream {
    let path = field.path();
    let is_empty = is_field_empty(runtime, field, access);
    let empty = if options.each.is_some() {
        let each = quote!(#runtime::__private::Each);
        on_type(field, &each, "clear", access.exclusive(field))
    } else {
        let take = take(runtime, field, options, access);
        quote!(#runtime::__private::give_up(#take))
    };
    quote! {
        if __failures.only_async(#path, #is_empty) {
            #empty;
        }
    }
}

/// The release of one `#[unmanaged]` field.
struct Step<'a> {
    runtime: &'a Path,
    field: &'a Field<'a>,
    options: &'a Unmanaged,
    access: Access<'a>,
    call: Call<'a>,
}

impl Step<'_> {
    fn tokens(&self) -> TokenStream {
        match (&self.options.each, &self.options.keep) {
            (None, None) => self.single(),
            (None, Some(keep)) => self.kept(keep),
            (Some(_), None) => self.each(),
            (Some(_), Some(keep)) => self.each_kept(keep),
        }
    }

    /// One value, released once.
    fn single(&self) -> TokenStream {
        let path = self.field.path();
        let siblings = self.siblings();
        if self.options.always.is_some() {
            let (runtime, ty) = (self.runtime, self.field.self_type());
            let shared = self.access.shared(self.field);
            let value = quote!(<#ty as #runtime::__private::Always>::get(#shared));
            let outcome = self.outcome(Value::Of(value));
            return quote! {
                if __failures.begin() {
                    #siblings
                    __failures.record(#path, #outcome);
                }
            };
        }
        let take = take(self.runtime, self.field, self.options, self.access);
        let outcome = self.outcome(Value::Whole);
        quote! {
            if let ::core::option::Option::Some(__value) = #take {
                #siblings
                __failures.record(#path, #outcome);
            }
        }
    }

    /// One value that goes back if its release fails.
    fn kept(&self, keep: &Ident) -> TokenStream {
        let path = self.field.path();
        let siblings = self.siblings();
        let take = take(self.runtime, self.field, self.options, self.access);
        let outcome = self.outcome(Value::Copy(keep));
        let put = if self.options.invalid.is_some() {
            let place = self.access.place(self.field);
            quote!(#place = __value;)
        } else {
            let arguments = self.access.exclusive(self.field);
            let put = self.on_type(&self.slot(), "put", quote!(#arguments, __value));
            quote!(#put;)
        };
        quote! {
            if __failures.begin() {
                if let ::core::option::Option::Some(__value) = #take {
                    #siblings
                    if __failures.keep(#path, #outcome) {
                        #put
                    }
                }
            }
        }
    }

    /// All values of a collection, last first.
    fn each(&self) -> TokenStream {
        let path = self.field.path();
        let siblings = self.siblings();
        let pop = self.on_type(&self.collection(), "pop", self.access.exclusive(self.field));
        let outcome = self.outcome(Value::Whole);
        let record = quote!(__failures.record_each(#path, __index, #outcome););
        let record = match &self.options.invalid {
            None => record,
            Some(invalid) => {
                let is_invalid = is_invalid(self.runtime, &quote!(&__value), invalid);
                quote! {
                    if !#is_invalid {
                        #record
                    }
                }
            }
        };
        quote! {
            while let ::core::option::Option::Some((__index, __value)) = #pop {
                #siblings
                #record
            }
        }
    }

    /// All values of a collection, last first; those whose release fails stay.
    fn each_kept(&self, keep: &Ident) -> TokenStream {
        let path = self.field.path();
        let siblings = self.siblings();
        let collection = self.collection();
        let exclusive = self.access.exclusive(self.field);
        let len = self.on_type(&collection, "len", self.access.shared(self.field));
        let next = self.on_type(&collection, "next", quote!(#exclusive, __failures));
        let put_back = quote!(#exclusive, __failures, __index, __value);
        let put_back = self.on_type(&collection, "put_back", put_back);
        let outcome = self.outcome(Value::Copy(keep));
        let valid = self.options.invalid.as_ref().map(|invalid| {
            let is_invalid = is_invalid(self.runtime, &quote!(&__value), invalid);
            quote!(!#is_invalid &&)
        });
        quote! {
            if __failures.begin_each(#len) {
                while let ::core::option::Option::Some((__index, __value)) = #next {
                    #siblings
                    if #valid __failures.keep_each(#path, __index, #outcome) {
                        #put_back;
                    }
                }
            }
        }
    }

    fn outcome(&self, value: Value<'_>) -> TokenStream {
        self.call.outcome(self.runtime, value)
    }

    fn slot(&self) -> TokenStream {
        let runtime = self.runtime;
        quote!(#runtime::Slot)
    }

    fn collection(&self) -> TokenStream {
        let runtime = self.runtime;
        quote!(#runtime::__private::Each)
    }

    fn on_type(&self, of: &TokenStream, method: &str, arguments: TokenStream) -> TokenStream {
        on_type(self.field, of, method, arguments)
    }

    /// What the closures name: in a variant the other fields, under their own names; in a struct
    /// `self`, if they can move it into a future.
    fn siblings(&self) -> TokenStream {
        let Access::Binding(fields) = self.access else { return self.call.reborrow() };
        let others = fields.iter().filter(|other| other.binding() != self.field.binding());
        others
            .filter_map(|other| {
                let mut name = mention(&self.call, &other.sibling_name())?;
                if other.original.ident.is_none() {
                    // Clippy would object to the use of a `_1` that was bound in the user's code.
                    name.set_span(Span::call_site().located_at(name.span()));
                }
                let binding = other.binding();
                Some(quote! {
                    #[allow(non_snake_case, unused_variables)]
                    let #name = &mut *#binding;
                })
            })
            .collect()
    }
}

/// The field's value, with the field left empty.
pub(super) fn take(
    runtime: &Path,
    field: &Field<'_>,
    options: &Unmanaged,
    access: Access<'_>,
) -> TokenStream {
    let exclusive = access.exclusive(field);
    if let Some(invalid) = &options.invalid {
        on_type(field, &quote!(#runtime::__private::Sentinel), "take", quote!(#exclusive, #invalid))
    } else {
        on_type(field, &quote!(#runtime::Slot), "take", exclusive)
    }
}

/// `<Type as Trait>::method(arguments)`, all of it at the place of the field's type, so that rustc
/// says there, and only once, that the type lacks the trait.
fn on_type(
    field: &Field<'_>,
    of: &TokenStream,
    method: &str,
    arguments: TokenStream,
) -> TokenStream {
    let ty = field.self_type();
    let (first, last) = extent(field.ty());
    let method = Ident::new(method, first);
    let mut arguments = Group::new(Delimiter::Parenthesis, arguments);
    arguments.set_span(last);
    quote_spanned!(first=> <#ty as #of>::#method #arguments)
}

pub(super) fn is_field_empty(runtime: &Path, field: &Field<'_>, access: Access<'_>) -> TokenStream {
    let shared = access.shared(field);
    let Some(options) = field.unmanaged() else {
        return on_type(field, &quote!(#runtime::Dispose), "is_disposed", shared);
    };
    if options.always.is_some() {
        return quote!(false);
    }
    let sentinel = quote!(#runtime::__private::Sentinel);
    let each = quote!(#runtime::__private::Each);
    match (&options.each, &options.invalid) {
        (None, None) => on_type(field, &quote!(#runtime::Slot), "is_empty", shared),
        (None, Some(invalid)) => on_type(field, &sentinel, "is_empty", quote!(#shared, #invalid)),
        (Some(_), None) => {
            let len = on_type(field, &each, "len", shared);
            quote!(#len == 0)
        }
        (Some(_), Some(invalid)) => {
            let is_invalid = is_invalid(runtime, &quote!(__value), invalid);
            on_type(field, &each, "all", quote!(#shared, |__value| #is_invalid))
        }
    }
}

/// Whether an element means "no resource"; underlined at `invalid` where that cannot be asked.
fn is_invalid(runtime: &Path, element: &TokenStream, invalid: &TokenStream) -> TokenStream {
    let (first, last) = extent(invalid);
    let mut arguments = Group::new(Delimiter::Parenthesis, quote!(#element, #invalid));
    arguments.set_span(last);
    quote_spanned!(first=> <_ as #runtime::__private::Sentinel>::is_empty #arguments)
}

/// Whether a closure of another field of the variant names `field`.
fn is_named_in(field: &Field<'_>, fields: &[Field<'_>], pass: Pass) -> bool {
    let others = fields.iter().filter(|other| other.binding() != field.binding());
    others
        .filter_map(|other| Call::of(other.unmanaged()?, pass))
        .any(|call| mention(&call, &field.sibling_name()).is_some())
}

/// The identifier `name` as a closure writes it, also inside a format string.
fn mention(call: &Call<'_>, name: &str) -> Option<Ident> {
    let closures = call.callees().filter_map(Callee::closure);
    closures.map(|closure| closure.body.clone()).find_map(|body| mention_in(body, name))
}

fn mention_in(tokens: TokenStream, name: &str) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Group(group) => mention_in(group.stream(), name),
        TokenTree::Ident(ident) => (ident == name).then_some(ident),
        TokenTree::Literal(literal) => literal
            .to_string()
            .contains(&format!("{{{name}"))
            .then(|| Ident::new(name, literal.span())),
        TokenTree::Punct(_) => None,
    })
}
