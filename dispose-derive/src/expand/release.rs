//! The pass over the fields: each is emptied, then its release runs on what was in it.

use proc_macro2::{Delimiter, Ident, Literal, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt as _, quote, quote_spanned};
use syn::Token;

use super::call::{Call, Checked, Pass, Value, argument, call_release, group, unsafe_block};
use super::variants::{Arm, match_self};
use super::{allowed_in, inherent};
use crate::attr::{CloseError, Keep, Part, Release, Role, Unmanaged};
use crate::contents::{self, is_integer, is_pointer};
use crate::extent::Extent as _;
use crate::input::{Field, Input, Kind, Shape};
use crate::runtime::Runtime;
use crate::value::{Callee, Invalid};
use crate::written::{append, written};

/// The body of `release_all(&mut self, __failures)`, or of `release_all_async`.
pub(super) fn release_all<'a>(input: &'a Input<'a>, pass: Pass) -> impl ToTokens + 'a {
    written(move |tokens| {
        if input.kind != Kind::Close && counts(input, pass) {
            append(tokens, quote!(__failures.resume::<Self>();));
        }
        if let Some(before) = &input.options.before {
            append(tokens, run_before(input, before));
        }
        release_fields(input, pass, tokens);
    })
}

/// Returns `true` if a step is counted, so that the pass after a panic can skip it.
fn counts(input: &Input<'_>, pass: Pass) -> bool {
    input.options.before.is_some()
        || input.fields.iter().any(|field| match &field.role {
            Role::Part(part) => pass == Pass::Sync || part.asynchrony.is_none(),
            Role::Unmanaged(options) => {
                Call::of(options, pass).is_none()
                    || options.keep.is_some()
                    || (options.each.is_none() && may_panic(options))
            }
            _ => false,
        })
}

/// Returns `true` if the question for an `invalid` value is more than a comparison of literals.
fn may_panic(options: &Unmanaged) -> bool {
    options.invalid.as_ref().is_some_and(|invalid| !invalid.is_literal())
}

fn run_before(input: &Input<'_>, before: &Release) -> TokenStream {
    let (runtime, owner) = (&input.runtime, input.owner);
    // A function's parameter has a type, so `self` is borrowed; a closure's would take it.
    let value = match before.callee {
        Callee::Path(_) => quote!(#owner),
        Callee::Closure(_) => quote!(&mut *#owner),
    };
    let outcome = written(|tokens| call_release(runtime, before, &value, tokens));
    let held = input.fields.iter().any(Field::is_tracked).then(|| {
        if input.kind == Kind::Close {
            quote!(&& !#runtime::__private::ByValue::is_released(#owner))
        } else {
            quote!(&& !#runtime::Dispose::is_disposed(#owner))
        }
    });
    let unless_out = input.has_held().then(|| {
        let token = token(Span::call_site());
        quote!(&& !#token.is_out(0))
    });
    let allow = before.callee.closure().map(|_| allow_diverging());
    quote! {
        if __failures.begin() #unless_out #held {
            #allow
            __failures.record("before", #outcome);
        }
    }
}

fn release_fields<'a>(input: &'a Input<'a>, pass: Pass, tokens: &mut TokenStream) {
    let beside_closures = has_closures(input, pass);
    match &input.shape {
        Shape::Struct => {
            steps(input, &input.fields, Access::Member, pass, beside_closures, tokens);
        }
        Shape::Enum(variants) => {
            let arm = |fields: &'a [Field<'a>]| {
                let mut body = TokenStream::new();
                steps(input, fields, Access::Binding(fields), pass, beside_closures, &mut body);
                tracked(
                    fields,
                    |field| field.is_tracked() || is_named_in(field, fields, pass),
                    body,
                )
            };
            match_self(input, variants, &arm, &quote!({})).to_tokens(tokens);
        }
        Shape::Union => {}
    }
}

/// A release that returns `!` makes the recording of its outcome unreachable. The lints of a user's closure
/// stay alive. So in a function with one, only each statement without a closure allows it.
pub(super) fn unreachable(input: &Input<'_>, pass: Pass) -> Option<TokenStream> {
    let diverges =
        input.unmanaged().flat_map(|(_, options)| calls(options, pass)).any(Call::may_diverge);
    (diverges && !has_closures(input, pass)).then(allow_unreachable)
}

fn allow_unreachable() -> TokenStream {
    quote!(#[allow(unreachable_code, clippy::diverging_sub_expression)])
}

/// In edition 2024 a closure that never returns is a call of type `!` to clippy.
fn allow_diverging() -> TokenStream {
    quote!(#[allow(clippy::diverging_sub_expression)])
}

fn has_closures(input: &Input<'_>, pass: Pass) -> bool {
    input.unmanaged().flat_map(|(_, options)| calls(options, pass)).any(Call::has_closure)
        || input.options.before.as_ref().is_some_and(|before| before.callee.closure().is_some())
}

/// The calls that a pass may make for a field.
fn calls(options: &Unmanaged, pass: Pass) -> impl Iterator<Item = Call<'_>> {
    Call::of(options, pass).into_iter().chain(Call::fallback(options))
}

/// The expression that is `true` if all fields are empty.
pub(super) fn is_empty<'a>(input: &'a Input<'a>) -> impl ToTokens + 'a {
    written(|tokens| write_is_empty(input, tokens))
}

fn write_is_empty<'a>(input: &'a Input<'a>, tokens: &mut TokenStream) {
    let runtime = &input.runtime;
    match &input.shape {
        Shape::Struct => are_empty(runtime, &input.fields, Access::Member, tokens),
        Shape::Enum(variants) => {
            let arm = |fields: &'a [Field<'a>]| {
                let mut body = TokenStream::new();
                are_empty(runtime, fields, Access::Binding(fields), &mut body);
                let is_asked = !fields.iter().any(Field::is_always);
                tracked(fields, |field| field.is_tracked() && is_asked, body)
            };
            match match_self(input, variants, &arm, &quote!(true)) {
                Some(matched) => append(tokens, matched),
                None => false.to_tokens(tokens),
            }
        }
        Shape::Union => true.to_tokens(tokens),
    }
}

/// An arm for a variant of which something is tracked.
fn tracked<'a>(
    fields: &'a [Field<'a>],
    is_bound: impl Fn(&Field<'a>) -> bool,
    body: TokenStream,
) -> Option<Arm<'a>> {
    let bound = fields.iter().filter(|field| is_bound(field)).collect();
    fields.iter().any(Field::is_tracked).then_some(Arm { bound, body })
}

/// `false` if nothing is tracked, or if a field always holds something.
fn are_empty(
    runtime: &Runtime,
    fields: &[Field<'_>],
    access: Access<'_>,
    tokens: &mut TokenStream,
) {
    let tracked = || fields.iter().filter(|field| field.is_tracked());
    if tracked().next().is_none() || tracked().any(Field::is_always) {
        return false.to_tokens(tokens);
    }
    for (at, field) in tracked().enumerate() {
        if at > 0 {
            <Token![&&]>::default().to_tokens(tokens);
        }
        is_field_empty(runtime, field, access).to_tokens(tokens);
    }
}

/// The way in which the code reaches a field: `self.member`, or the binding of a variant's pattern.
#[derive(Clone, Copy)]
pub(super) enum Access<'a> {
    Member,
    /// With the variant's fields, which a closure names by themselves.
    Binding(&'a [Field<'a>]),
}

impl<'a> Access<'a> {
    pub(super) fn exclusive(self, field: &'a Field<'_>) -> impl ToTokens + Copy + 'a {
        written(move |tokens| {
            if matches!(self, Self::Member) {
                <Token![&]>::default().to_tokens(tokens);
                <Token![mut]>::default().to_tokens(tokens);
            }
            self.reach(field, tokens);
        })
    }

    pub(super) fn shared(self, field: &'a Field<'_>) -> impl ToTokens + Copy + 'a {
        written(move |tokens| {
            if matches!(self, Self::Member) {
                <Token![&]>::default().to_tokens(tokens);
            }
            self.reach(field, tokens);
        })
    }

    fn place(self, field: &'a Field<'_>) -> impl ToTokens + Copy + 'a {
        written(move |tokens| {
            if matches!(self, Self::Binding(_)) {
                <Token![*]>::default().to_tokens(tokens);
            }
            self.reach(field, tokens);
        })
    }

    /// The receiver of a method of the field's own type.
    fn receiver(self, field: &Field<'_>, tokens: &mut TokenStream) {
        match self {
            Self::Member => self.reach(field, tokens),
            Self::Binding(_) => {
                let place = self.place(field);
                append(tokens, quote!((#place)));
            }
        }
    }

    /// The field, or the reference to it.
    fn reach(self, field: &Field<'_>, tokens: &mut TokenStream) {
        match self {
            Self::Member => {
                field.owner.to_tokens(tokens);
                <Token![.]>::default().to_tokens(tokens);
                field.member.to_tokens(tokens);
            }
            Self::Binding(_) => tokens.append(field.binding()),
        }
    }
}

fn steps(
    input: &Input<'_>,
    fields: &[Field<'_>],
    access: Access<'_>,
    pass: Pass,
    beside_closures: bool,
    tokens: &mut TokenStream,
) {
    let runtime = &input.runtime;
    let own = inherent::own(input).filter(|_| pass == Pass::Sync);
    let mut held_behind = fields.iter().filter(|field| field.is_held()).count();
    let mut held_before = 0;
    let mut fields = fields.iter().filter(|field| field.is_tracked()).rev().peekable();
    while let Some(field) = fields.next() {
        let index = held_before;
        if field.is_held() {
            held_before += 1;
            held_behind -= 1;
            append(tokens, hold(field, access, index));
        }
        let next_held = (held_behind > 0).then_some(held_before);
        let step = match &field.role {
            Role::Part(part) => match next_of(input, field, access) {
                Some(next) if pass == Pass::Sync => {
                    let (path, exclusive) = (field.path(), access.exclusive(field));
                    let way = if is_seen(input) { "nest_next" } else { "nest_next_unseen" };
                    let way = runtime.private(way);
                    quote!(#way(#exclusive, #path, __failures, #next);)
                }
                _ => nest(runtime, field, part, access, pass),
            },
            Role::Unmanaged(options) => match Call::of(options, pass) {
                Some(call) => Step {
                    runtime,
                    field,
                    options,
                    access,
                    call,
                    own,
                    index,
                    next_held,
                    beside_closures,
                }
                .tokens(),
                None => only_async(runtime, field, options, access),
            },
            _ => continue,
        };
        let mut allowed = TokenStream::new();
        allowed_in(&field.original.attrs, &mut allowed);
        append(tokens, if allowed.is_empty() { step } else { quote!(#allowed { #step }) });
        // What may use the fields above stayed, so they stay too.
        if may_stay(input.kind, field, pass) && fields.peek().is_some() {
            append(
                tokens,
                quote! {
                    if __failures.stopped() {
                        return;
                    }
                },
            );
        }
    }
}

/// A borrow of a field that the pass moves out of its `ManuallyDrop`. It ends with the pass, so nothing else
/// reaches the field.
fn hold(field: &Field<'_>, access: Access<'_>, index: usize) -> TokenStream {
    let here = Span::call_site().located_at(field.ty().first());
    let (token, held) = (token(here), held(index, here));
    let place = access.place(field);
    quote_spanned!(here=> let mut #held = #token.hold(&mut #place);)
}

/// The proof of a pass over a `derive(Close)` type. The author's closures cannot name it, nor what it
/// holds.
pub(super) fn token(here: Span) -> Ident {
    Ident::new("__token", Span::mixed_site().located_at(here))
}

fn held(index: usize, here: Span) -> Ident {
    Ident::new(&format!("__held_{index}"), Span::mixed_site().located_at(here))
}

/// Returns `true` if a field may hold something still after its step, in an attempt that is not the last.
fn may_stay(kind: Kind, field: &Field<'_>, pass: Pass) -> bool {
    kind != Kind::Close
        && match &field.role {
            Role::Part(_) => true,
            Role::Unmanaged(options) => options.keep.is_some() || Call::of(options, pass).is_none(),
            _ => false,
        }
}

/// A part that is itself disposable.
fn nest(
    runtime: &Runtime,
    field: &Field<'_>,
    part: &Part,
    access: Access<'_>,
    pass: Pass,
) -> TokenStream {
    let path = field.path();
    let exclusive = access.exclusive(field);
    let arguments = quote!(#exclusive, #path, __failures);
    if pass == Pass::Async && part.asynchrony.is_some() {
        let nest = on_type(field, runtime.private("AsyncPart"), "nest_async", arguments);
        // At the type too, because rustc may report the error again at the `await`.
        let span = field.ty().last();
        return quote_spanned!(span=> #nest.await;);
    }
    let nest = on_type(field, runtime.private("Part"), "nest", arguments);
    quote!(#nest;)
}

/// Returns `true` if any code of the user's may look at the value while it is released.
fn is_seen(input: &Input<'_>) -> bool {
    input.unmanaged().any(|(_, options)| {
        let is_alive = options.keep.as_ref().and_then(|keep| keep.is_alive.as_ref());
        may_panic(options)
            || is_alive.is_some_and(|is_alive| is_alive.closure().is_some())
            || calls(options, Pass::Sync).any(|call| call.closures().next().is_some())
    })
}

/// Returns the place of the next value in each value of a chain, if a pass begins with it.
fn next_of(input: &Input<'_>, field: &Field<'_>, access: Access<'_>) -> Option<TokenStream> {
    let first = input.fields.iter().rfind(|field| field.is_tracked())?;
    let is_next = input.kind != Kind::Close
        && matches!(access, Access::Member)
        && input.options.before.is_none()
        && first.member == field.member
        && contents::is_next(input, field.ty());
    let member = &field.member;
    is_next.then(|| quote!(|__value| &mut __value.#member))
}

/// Drops the parts, all of which are released, in the order in which Rust would.
pub(super) fn detach_parts<'a>(input: &'a Input<'a>) -> Option<TokenStream> {
    match &input.shape {
        Shape::Struct => detach(input, &input.fields, Access::Member),
        Shape::Enum(variants) => {
            let arm = |fields: &'a [Field<'a>]| {
                let body = detach(input, fields, Access::Binding(fields))?;
                let bound = fields.iter().filter(|field| is_part(field)).collect();
                Some(Arm { bound, body })
            };
            match_self(input, variants, &arm, &quote!({}))
        }
        Shape::Union => None,
    }
}

/// Drops the parts of these fields. Rust would drop an ordinary field that is declared before a part first. So
/// the part is left to Rust, if the drop of that field can be seen.
fn detach(input: &Input<'_>, fields: &[Field<'_>], access: Access<'_>) -> Option<TokenStream> {
    let mut tokens = TokenStream::new();
    let mut before = Vec::new();
    for field in fields {
        if is_part(field) {
            let runtime = &input.runtime;
            let exclusive = access.exclusive(field);
            let call = match next_of(input, field, access) {
                Some(next) => quote!(#runtime::__private::detach_next(#exclusive, #next)),
                None => {
                    on_type(field, runtime.private("Part"), "detach", exclusive).into_token_stream()
                }
            };
            append(
                &mut tokens,
                if before.is_empty() {
                    quote!(#call;)
                } else {
                    quote!(if !(#(#runtime::__private::is_drop_seen::<#before>())||*) { #call; })
                },
            );
        } else if !field.is_tracked() {
            before.push(field.self_type().into_token_stream());
        }
    }
    (!tokens.is_empty()).then_some(tokens)
}

fn is_part(field: &Field<'_>) -> bool {
    matches!(field.role, Role::Part(_))
}

/// A field for which this pass has no release.
fn only_async(
    runtime: &Runtime,
    field: &Field<'_>,
    options: &Unmanaged,
    access: Access<'_>,
) -> TokenStream {
    let path = field.path();
    let is_empty = is_field_empty(runtime, field, access);
    let empty = if options.each.is_some() {
        let elements = Elements { runtime, field, options, access };
        let (cursor, pop) = (elements.cursor(), elements.pop());
        // A method of a trait in scope could come before `is_some`.
        quote!(#cursor while let ::core::option::Option::Some(_) = #pop {})
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
    runtime: &'a Runtime,
    field: &'a Field<'a>,
    options: &'a Unmanaged,
    access: Access<'a>,
    call: Call<'a>,
    /// The error type, if the error comes out of a `close` as it is.
    own: Option<&'a CloseError>,
    /// The number of this field, or of the next one, among those that are moved out.
    index: usize,
    /// The number of the next one that is moved out, if there is one.
    next_held: Option<usize>,
    /// `true` if closures of the user's stand in the same function.
    beside_closures: bool,
}

impl Step<'_> {
    fn tokens(&self) -> TokenStream {
        if self.options.each.is_some() {
            return if self.options.keep.is_some() { self.each_kept() } else { self.each() };
        }
        if self.field.is_held() {
            return self.moved();
        }
        if self.field.is_always() {
            return self.always();
        }
        self.single()
    }

    /// After a panic, a closure that may reach a field must not run when the field is moved out.
    fn unless_out(&self) -> Option<TokenStream> {
        let (index, token) = (self.next_held?, token(Span::call_site()));
        let index = Literal::usize_unsuffixed(index);
        Some(quote!(!#token.is_out(#index)))
    }

    /// Returns `true` if a step that is counted begins.
    fn begins(&self) -> TokenStream {
        let unless_out = self.unless_out().map(|unless_out| quote!(&& #unless_out));
        quote!(__failures.begin() #unless_out)
    }

    /// A step that is not counted.
    fn uncounted(&self, step: TokenStream) -> TokenStream {
        match self.unless_out() {
            Some(unless_out) => quote!(if #unless_out { #step }),
            None => step,
        }
    }

    // In the patterns, `@ _`: a bare name would be compared with a constant of that name, if there is
    // one where the user's type is.

    /// One value, which may go back if its release fails.
    fn single(&self) -> TokenStream {
        let siblings = self.siblings();
        let put = || {
            if self.options.invalid.is_some() {
                let place = self.access.place(self.field);
                return quote!(#place = __value;);
            }
            let arguments = self.access.exclusive(self.field);
            let slot = self.runtime.item("Slot");
            let put = on_type(self.field, slot, "put", quote!(#arguments, __value));
            quote!(#put;)
        };
        if is_number(self.field, self.options) {
            return self.number(siblings.as_ref(), &put);
        }
        let settle = self.settle(Value::Whole, Value::Copy, Some(&put));
        let take = take(self.runtime, self.field, self.options, self.access);
        if may_panic(self.options) {
            // The user's expressions and `PartialEq` may panic, and what they borrow must not be
            // borrowed while the release runs.
            let begins = self.begins();
            return quote! {
                if #begins {
                    let __taken = #take;
                    if let ::core::option::Option::Some(__value @ _) = __taken {
                        #siblings
                        #settle
                    }
                }
            };
        }
        self.counted(quote! {
            if let ::core::option::Option::Some(__value @ _) = #take {
                #siblings
                #settle
            }
        })
    }

    /// A number with a literal for "no resource".
    fn number(&self, siblings: Option<&TokenStream>, put: &dyn Fn() -> TokenStream) -> TokenStream {
        let (place, empty) = (self.access.place(self.field), &self.options.invalid);
        let is_only_use = self.options.keep.is_none() && self.options.drop.is_none();
        let parameter = self.call.parameter().filter(|_| is_only_use && siblings.is_none());
        let (name, value) = match parameter {
            Some(name) => (name.clone(), Value::Bound),
            None => (Ident::new("__value", Span::call_site()), Value::Whole),
        };
        let settle = self.settle(value, Value::Copy, Some(put));
        self.counted(quote! {
            if #place != #empty {
                let #name = #place;
                #place = #empty;
                #siblings
                #settle
            }
        })
    }

    /// Counts a step after which the field may still hold its value, so that it is not repeated after a panic.
    fn counted(&self, step: TokenStream) -> TokenStream {
        if self.options.keep.is_none() {
            return self.uncounted(step);
        }
        let begins = self.begins();
        quote! {
            if #begins {
                #step
            }
        }
    }

    /// A value that stays in its field.
    fn always(&self) -> TokenStream {
        let siblings = self.siblings();
        let (ty, shared) = (self.field.self_type(), self.access.shared(self.field));
        // As the expansion's own code, or rustc would advise to borrow the type.
        let here = Span::call_site().located_at(self.field.ty().first());
        let runtime = self.runtime.at(here);
        let value = quote_spanned!(here=> <#ty as #runtime::__private::Always>::get(#shared));
        // A copy, which is used twice where a `drop` follows a release that was refused.
        let settle = self.settle(Value::Whole, Value::Whole, None);
        let begins = self.begins();
        quote! {
            if #begins {
                let __value = #value;
                #siblings
                #settle
            }
        }
    }

    /// A value that leaves its field for good.
    fn moved(&self) -> TokenStream {
        let siblings = self.siblings();
        let (index, here) = (self.index, Span::call_site());
        let (token, held) = (token(here), held(index, here));
        let settle = self.settle(Value::Whole, Value::Copy, None);
        let index = Literal::usize_unsuffixed(index);
        let take = quote!(#token.take(#index, &mut #held));
        let take = match self.options.always_unsafety {
            Some(unsafety) => {
                written(|tokens| unsafe_block(&take, unsafety, tokens)).to_token_stream()
            }
            None => take,
        };
        quote! {
            if let ::core::option::Option::Some(__value @ _) = #take {
                #siblings
                #settle
            }
        }
    }

    /// All values of a collection, last first.
    fn each(&self) -> TokenStream {
        let siblings = self.siblings();
        let elements = self.elements();
        let (cursor, each) = (elements.cursor(), elements.each(&elements.pop()));
        let settle = self.settle(Value::Whole, Value::Copy, None);
        self.uncounted(quote! {
            #cursor
            #each {
                #siblings
                #settle
            }
        })
    }

    /// All values of a collection, last first; those whose release fails stay.
    fn each_kept(&self) -> TokenStream {
        let siblings = self.siblings();
        let elements = self.elements();
        let (cursor, each) = (elements.cursor(), elements.each(&elements.next()));
        let (places, put_back) = (elements.places(), elements.put_back());
        let is_released = elements.is_released();
        let put = || quote!(#put_back;);
        let settle = self.settle(Value::Whole, Value::Copy, Some(&put));
        quote! {
            if __failures.begin_each(#places) {
                #cursor
                #each {
                    #siblings
                    #settle
                }
                __failures.end_each(#is_released);
            }
        }
    }

    fn elements(&self) -> Elements<'_> {
        let Self { runtime, field, options, access, .. } = *self;
        Elements { runtime, field, options, access }
    }

    /// Releases one value and does what follows from the outcome. `kept` is the value where it may be needed
    /// again. `put` writes the code that puts it back.
    fn settle<'v>(
        &'v self,
        whole: Value,
        kept: Value,
        put: Option<&'v dyn Fn() -> TokenStream>,
    ) -> impl ToTokens + 'v {
        written(move |tokens| {
            if self.options.keep.is_none() && self.options.drop.is_none() && self.own.is_none() {
                self.record(&self.call, whole, tokens);
            } else {
                append(tokens, self.settle_with(whole, kept, put));
            }
        })
    }

    /// [`settle`](Self::settle) where a value may stay, or `Drop` calls another function.
    fn settle_with(
        &self,
        whole: Value,
        kept: Value,
        put: Option<&dyn Fn() -> TokenStream>,
    ) -> TokenStream {
        let runtime = self.runtime;
        let fallback = Call::fallback(self.options);
        let outcome = |value: Value| {
            let outcome = self.call.outcome(runtime, value).to_token_stream();
            match self.own {
                None => outcome,
                Some(error) => inherent::own_outcome(runtime, error, &self.call, &outcome),
            }
        };
        let record = |call: &Call<'_>| {
            let mut tokens = TokenStream::new();
            self.record(call, whole, &mut tokens);
            tokens
        };
        let release = || {
            if self.own.is_none() {
                return record(&self.call);
            }
            let allow = self.allow_divergence(&self.call);
            let outcome = outcome(whole);
            let recorded = self.at_path("record", &outcome);
            quote!(#allow #recorded;)
        };
        let settled = match (&self.options.keep, &fallback) {
            (None, None) => release(),
            (None, Some(fallback)) => {
                let (release, drop) = (release(), record(fallback));
                quote! {
                    if !__failures.dropping() {
                        #release
                    } else {
                        #drop
                    }
                }
            }
            (Some(keep), None) => {
                let refused = self.refusal("keep", keep, &outcome(kept));
                match put.map(|put| put()) {
                    None => quote!(let _ = #refused;),
                    Some(put) => quote! {
                        if #refused {
                            #put
                        }
                    },
                }
            }
            (Some(keep), Some(fallback)) => {
                let refused = self.refusal("refuses", keep, &outcome(kept));
                let drop = record(fallback);
                let finally = match put.map(|put| put()) {
                    None => quote! {
                        if !__failures.stop() {
                            #drop
                        }
                    },
                    Some(put) => quote! {
                        if __failures.stop() {
                            #put
                        } else {
                            #drop
                        }
                    },
                };
                quote! {
                    if __failures.dropping() || #refused {
                        #finally
                    }
                }
            }
        };
        let copy = self.options.keep.as_ref().filter(|_| matches!(kept, Value::Copy)).map(|keep| {
            // At `keep`, where rustc reports that the value is not `Copy`.
            let here = Span::call_site().located_at(keep.word.span());
            let runtime = runtime.at(here);
            quote_spanned!(here=> let __copy = #runtime::__private::Keep::keep(&__value);)
        });
        let returned = matches!(self.call.check, Checked::WithFallback(_)).then(|| {
            quote! {
                use #runtime::__private::CheckedFallback as _;
                let __returned = #runtime::__private::Returned::new();
            }
        });
        let may_fail =
            self.may_report_nothing().then(|| quote!(use #runtime::__private::MayFail as _;));
        quote!(#returned #may_fail #copy #settled)
    }

    /// Returns `true` if a release with `on_error` may be unable to fail, as far as the tokens show. Most
    /// statuses are checked.
    fn may_report_nothing(&self) -> bool {
        let is_checked = match self.call.check() {
            None => false,
            Some(Callee::Path(path)) => {
                path.path.segments.last().is_none_or(|last| last.ident != "ignore")
            }
            Some(Callee::Closure(_)) => true,
        };
        self.options.keep.is_some() && !is_checked
    }

    /// A release may never return, and then nothing is left to record.
    fn allow_divergence(&self, call: &Call<'_>) -> Option<TokenStream> {
        if call.may_diverge() {
            self.beside_closures.then(allow_unreachable)
        } else {
            call.check().is_none().then(allow_diverging)
        }
    }

    /// `__failures.record("path", outcome);`
    fn record(&self, call: &Call<'_>, value: Value, tokens: &mut TokenStream) {
        self.allow_divergence(call).to_tokens(tokens);
        let record = |outcome: &dyn ToTokens, tokens: &mut TokenStream| {
            self.at_path("record", outcome).to_tokens(tokens);
            <Token![;]>::default().to_tokens(tokens);
        };
        call.recorded(self.runtime, value, &record, tokens);
    }

    /// The question whether a release failed and left its resource alive.
    fn refusal(&self, method: &str, keep: &Keep, outcome: &TokenStream) -> TokenStream {
        let runtime = self.runtime;
        let mut outcome = quote!(#outcome);
        if self.may_report_nothing() {
            let here = |span| Span::call_site().located_at(span);
            let (first, last) = self.call.extent();
            // At the word `keep`: an editor takes whatever is at a path for one of its targets.
            let refusable = here(keep.word.span());
            let at = runtime.at(refusable);
            let of = quote_spanned!(refusable=> #at::__private::Refusable::of);
            // An error about the outcome is at the function, the one about `keep` at that word.
            let reported = quote_spanned!(here(keep.word.span())=> .outcome);
            let nothing = group(Delimiter::Parenthesis, TokenStream::new(), here(last));
            outcome = quote_spanned! {here(first)=>
                #of(#outcome) #reported #nothing
            };
        }
        match &keep.is_alive {
            None => self.at_path(method, &outcome).to_token_stream(),
            Some(is_alive) => {
                let is_alive = argument(self.runtime, is_alive);
                let arguments = and(outcome, is_alive);
                self.at_path(&format!("{method}_if"), &arguments).to_token_stream()
            }
        }
    }

    /// A method of `Failures`, for a field or for an element of it.
    fn at_path<'v>(&'v self, method: &'v str, arguments: &'v dyn ToTokens) -> impl ToTokens + 'v {
        written(move |tokens| {
            let is_each = self.options.each.is_some();
            let method = match (is_each, method.strip_suffix("_if")) {
                (false, _) => method,
                (true, None) => &format!("{method}_each"),
                (true, Some(method)) => &format!("{method}_each_if"),
            };
            let arguments = written(|tokens| {
                tokens.append(Literal::string(&self.field.path()));
                <Token![,]>::default().to_tokens(tokens);
                if is_each {
                    append(tokens, quote!(__index,));
                }
                arguments.to_tokens(tokens);
            });
            tokens.append(Ident::new("__failures", Span::call_site()));
            <Token![.]>::default().to_tokens(tokens);
            tokens.append(Ident::new(method, Span::call_site()));
            tokens.append(group(Delimiter::Parenthesis, arguments, Span::call_site()));
        })
    }

    /// The names that the closures use: in a variant the other fields, under their own names; in a struct
    /// `self`, if they can move it into a future.
    fn siblings(&self) -> Option<TokenStream> {
        let Access::Binding(fields) = self.access else {
            return self.call.reborrow(self.field.owner);
        };
        let mut siblings = TokenStream::new();
        for other in fields.iter().filter(|other| other.binding() != self.field.binding()) {
            let binding = other.binding();
            for mut name in names_of(self.options, self.call, other, fields) {
                if other.original.ident.is_none() {
                    // Clippy would object to the use of a `_1` that was bound in the user's code.
                    name.set_span(Span::call_site().located_at(name.span()));
                }
                append(
                    &mut siblings,
                    quote! {
                        #[allow(non_snake_case, unused_variables)]
                        let #name = &mut *#binding;
                    },
                );
            }
        }
        Some(siblings)
    }
}

/// The field's value, with the field left empty.
pub(super) fn take<'a>(
    runtime: &'a Runtime,
    field: &'a Field<'_>,
    options: &'a Unmanaged,
    access: Access<'a>,
) -> impl ToTokens + 'a {
    let exclusive = access.exclusive(field);
    written(move |tokens| match &options.invalid {
        Some(invalid) => {
            let arguments = and(exclusive, invalid.list());
            on_type(field, runtime.private("Sentinel"), "take", arguments).to_tokens(tokens);
        }
        None => on_type(field, runtime.item("Slot"), "take", exclusive).to_tokens(tokens),
    })
}

/// The collection in a field with `each`, as a trait of the runtime crate knows it.
#[derive(Clone, Copy)]
struct Elements<'a> {
    runtime: &'a Runtime,
    field: &'a Field<'a>,
    options: &'a Unmanaged,
    access: Access<'a>,
}

impl Elements<'_> {
    // All at the place of the field's type, where rustc says, and only once, what is wrong with the
    // collection.
    fn here(self) -> Span {
        Span::call_site().located_at(self.field.ty().first())
    }

    fn cursor(self) -> TokenStream {
        quote_spanned!(self.here()=> let mut __cursor = ::core::default::Default::default();)
    }

    fn each(self, element: &TokenStream) -> TokenStream {
        // What the user's expression borrows must not be borrowed while the release runs.
        let taken = quote_spanned!(self.here()=> { let __taken = #element; __taken });
        let element = if may_panic(self.options) { &taken } else { element };
        quote_spanned! {self.here()=>
            while let ::core::option::Option::Some((__index @ _, __value @ _)) = #element
        }
    }

    fn places(self) -> TokenStream {
        let (shared, empty) = (self.access.shared(self.field), self.empty());
        self.method("places", quote!(#shared, #empty))
    }

    fn is_released(self) -> TokenStream {
        let (shared, empty) = (self.access.shared(self.field), self.empty());
        self.method("is_released", quote!(#shared, #empty))
    }

    fn pop(self) -> TokenStream {
        let (exclusive, empty) = (self.access.exclusive(self.field), self.empty());
        self.method("pop", quote_spanned!(self.here()=> #exclusive, &mut __cursor, #empty))
    }

    fn next(self) -> TokenStream {
        let (exclusive, empty) = (self.access.exclusive(self.field), self.empty());
        self.method(
            "next",
            quote_spanned!(self.here()=> #exclusive, &mut __cursor, #empty, __failures.way()),
        )
    }

    fn put_back(self) -> TokenStream {
        let (exclusive, empty) = (self.access.exclusive(self.field), self.empty());
        let taken = quote_spanned!(self.here()=> (__index, __value));
        self.method(
            "put_back",
            quote_spanned!(self.here()=> #exclusive, &mut __cursor, #empty, __failures.way(), #taken),
        )
    }

    fn method(self, method: &'static str, arguments: TokenStream) -> TokenStream {
        let runtime = self.runtime;
        let of = runtime.private("Elements");
        let of = if self.options.invalid.is_some() {
            // Its values have the elements' type, which has no name here.
            quote!(#of<_, _>)
        } else {
            quote!(#of<#runtime::__private::Plain, _>)
        };
        on_type(self.field, of, method, arguments).to_token_stream()
    }

    /// The elements that hold no resource.
    fn empty(self) -> TokenStream {
        let runtime = self.runtime;
        let Some(invalid) = &self.options.invalid else {
            return quote!(#runtime::__private::Plain);
        };
        let list = invalid.list();
        let span = list.span();
        let (runtime, arguments) = (runtime.at(span), group(Delimiter::Parenthesis, list, span));
        quote_spanned!(span=> #runtime::__private::Invalid::of #arguments)
    }
}

/// Two arguments.
fn and(first: impl ToTokens, second: impl ToTokens) -> impl ToTokens {
    written(move |tokens| {
        first.to_tokens(tokens);
        <Token![,]>::default().to_tokens(tokens);
        second.to_tokens(tokens);
    })
}

/// `<Type as Trait>::method(arguments)`, all of it at the place of the field's type, so that rustc
/// says there, and only once, that the type lacks the trait.
pub(super) fn on_type<'a>(
    field: &'a Field<'_>,
    of: impl ToTokens + 'a,
    method: &'static str,
    arguments: impl ToTokens + 'a,
) -> impl ToTokens + 'a {
    written(move |tokens| {
        let (first, last) = (field.ty().first(), field.ty().last());
        Token![<](first).to_tokens(tokens);
        field.self_type().to_tokens(tokens);
        Token![as](first).to_tokens(tokens);
        of.to_tokens(tokens);
        Token![>](first).to_tokens(tokens);
        Token![::](first).to_tokens(tokens);
        tokens.append(Ident::new(method, first));
        tokens.append(group(Delimiter::Parenthesis, &arguments, last));
    })
}

pub(super) fn is_field_empty<'a>(
    runtime: &'a Runtime,
    field: &'a Field<'_>,
    access: Access<'a>,
) -> impl ToTokens + 'a {
    let shared = access.shared(field);
    written(move |tokens| {
        let Some(options) = field.unmanaged() else {
            on_type(field, runtime.private("Part"), "is_disposed", shared).to_tokens(tokens);
            return;
        };
        if field.is_always() {
            false.to_tokens(tokens);
            return;
        }
        if options.each.is_some() {
            let elements = Elements { runtime, field, options, access };
            append(tokens, elements.is_released());
        } else if is_number(field, options) {
            access.place(field).to_tokens(tokens);
            <Token![==]>::default().to_tokens(tokens);
            options.invalid.to_tokens(tokens);
        } else if options.invalid.is_none() && is_pointer(field.ty()) {
            access.receiver(field, tokens);
            append(tokens, quote!(.is_null()));
        } else {
            is_value_empty(runtime, field, options, shared).to_tokens(tokens);
        }
    })
}

/// Returns `true` if `value`, a reference, is an empty one of the field's type.
pub(super) fn is_value_empty<'a>(
    runtime: &'a Runtime,
    field: &'a Field<'_>,
    options: &'a Unmanaged,
    value: impl ToTokens + Copy + 'a,
) -> impl ToTokens + 'a {
    written(move |tokens| match &options.invalid {
        None => on_type(field, runtime.item("Slot"), "is_empty", value).to_tokens(tokens),
        Some(invalid) => {
            let sentinel = runtime.private("Sentinel");
            on_type(field, sentinel, "is_empty", and(value, invalid.list())).to_tokens(tokens);
        }
    })
}

/// Returns `true` if the field's type has the name of a number, and its empty state is a number. A plain
/// comparison then costs the compiler less than a call of a trait's method. If the type is not the number that
/// its name says, rustc reports it.
fn is_number(field: &Field<'_>, options: &Unmanaged) -> bool {
    matches!(options.invalid, Some(Invalid::Number(..)))
        && options.each.is_none()
        && is_integer(field.ty())
}

/// Returns `true` if a closure of another field of the variant names `field`.
fn is_named_in(field: &Field<'_>, fields: &[Field<'_>], pass: Pass) -> bool {
    fields.iter().filter(|other| other.binding() != field.binding()).any(|other| {
        let options = other.unmanaged();
        let call = options.and_then(|options| Some((options, Call::of(options, pass)?)));
        call.is_some_and(|(options, call)| !names_of(options, call, field, fields).is_empty())
    })
}

/// Returns the name of a sibling as one of the closures writes it, or may be about to write it. If a local
/// variable has that name too, returns that of each place, because they may differ in hygiene.
fn names_of(
    options: &Unmanaged,
    call: Call<'_>,
    sibling: &Field<'_>,
    fields: &[Field<'_>],
) -> Vec<Ident> {
    let closures = || {
        let is_alive = options.keep.as_ref().and_then(|keep| keep.is_alive.as_ref()?.closure());
        let fallback = Call::fallback(options).into_iter().flat_map(Call::closures);
        call.closures().chain(fallback).chain(is_alive)
    };
    let name = sibling.sibling_name();
    if closures().any(|closure| closure.binds(&name)) {
        return closures().flat_map(|closure| closure.mentions(&name)).collect();
    }
    let is_name = |word: &str| fields.iter().any(|field| field.sibling_name() == word);
    closures()
        .find_map(|closure| closure.mention(&name))
        .or_else(|| closures().find_map(|closure| closure.begins(&name, &is_name)))
        .into_iter()
        .collect()
}
