//! One step of the pass: a field is emptied, its value released, and the outcome recorded.

use proc_macro2::{Delimiter, Ident, Literal, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt as _, quote, quote_spanned};
use syn::Token;

use super::access::{Access, held, on_type, token};
use super::call::{Call, Checked, Pass, Value, argument, may_panic, unsafe_block};
use super::elements::Elements;
use super::empty::{is_field_empty, is_number};
use super::{allow_diverging, allow_unreachable, inherent};
use crate::attr::{CloseError, Keep, Unmanaged};
use crate::callee::Callee;
use crate::input::Field;
use crate::runtime::Runtime;
use crate::tokens::{Extent as _, append, group, here, two, written};

/// Writes the step of a field for which this pass has no release.
pub(super) fn only_async(
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
        if #runtime::__private::is_given_up(__failures, #path, #is_empty) {
            #empty;
        }
    }
}

/// The release of one `#[unmanaged]` field.
pub(super) struct Step<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) field: &'a Field<'a>,
    pub(super) options: &'a Unmanaged,
    pub(super) access: Access<'a>,
    pub(super) call: Call<'a>,
    /// The error type, if the error comes out of a `close` as it is.
    pub(super) own: Option<&'a CloseError>,
    /// The number of this field among the moved-out ones, or of the next one.
    pub(super) index: usize,
    /// The number of the next one that is moved out, if there is one.
    pub(super) next_moved_out: Option<usize>,
    /// `true` if closures of the user's stand in the same function.
    pub(super) beside_closures: bool,
}

impl Step<'_> {
    pub(super) fn tokens(&self) -> TokenStream {
        if self.options.each.is_some() {
            return if self.options.keep.is_some() { self.each_kept() } else { self.each() };
        }
        if self.field.is_moved_out() {
            return self.moved();
        }
        if self.field.is_always() {
            return self.always();
        }
        self.single()
    }

    /// Writes the condition that the next moved-out field is still there. After a panic, a closure that may reach
    /// it must not run otherwise.
    fn unless_out(&self) -> Option<TokenStream> {
        let (index, token) = (self.next_moved_out?, token(Span::call_site()));
        let index = Literal::usize_unsuffixed(index);
        Some(quote!(!#token.is_out(#index)))
    }

    /// Returns `true` if a step that is counted begins.
    fn begins(&self) -> TokenStream {
        let unless_out = self.unless_out().map(|unless_out| quote!(&& #unless_out));
        let runtime = self.runtime;
        quote!(#runtime::__private::begin_step(__failures) #unless_out)
    }

    /// Writes a step that is not counted.
    fn uncounted(&self, step: TokenStream) -> TokenStream {
        match self.unless_out() {
            Some(unless_out) => quote!(if #unless_out { #step }),
            None => step,
        }
    }

    // In the patterns, `@ _`: a bare name would be compared with a constant of that name, if there is
    // one where the user's type is.

    /// Writes the step of one value, which may go back if its release fails.
    fn single(&self) -> TokenStream {
        let siblings = self.siblings();
        if is_number(self.field, self.options) {
            return self.number(siblings.as_ref());
        }
        let settle = self.settle(Value::Whole);
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

    /// Writes the step of a number with a literal for "no resource".
    fn number(&self, siblings: Option<&TokenStream>) -> TokenStream {
        let (place, empty) = (self.access.place(self.field), &self.options.invalid);
        let is_only_use = self.options.keep.is_none() && self.options.drop.is_none();
        let parameter = self.call.parameter().filter(|_| is_only_use && siblings.is_none());
        let (name, value) = match parameter {
            Some(name) => (name.clone(), Value::Bound),
            None => (Ident::new("__value", Span::call_site()), Value::Whole),
        };
        let settle = self.settle(value);
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

    /// Writes the step of a value that stays in its field.
    fn always(&self) -> TokenStream {
        let siblings = self.siblings();
        let (ty, shared) = (self.field.self_type(), self.access.shared(self.field));
        // As the expansion's own code, or rustc would advise to borrow the type.
        let here = here(self.field.ty().first());
        let runtime = self.runtime.at(here);
        let value = quote_spanned!(here=> <#ty as #runtime::__private::Always>::get(#shared));
        // A copy, which is used twice where a `drop` follows a release that was refused.
        let settle = self.settle(Value::Whole);
        let begins = self.begins();
        quote! {
            if #begins {
                let __value = #value;
                #siblings
                #settle
            }
        }
    }

    /// Writes the step of a value that leaves its field for good.
    fn moved(&self) -> TokenStream {
        let siblings = self.siblings();
        let (index, here) = (self.index, Span::call_site());
        let (token, held) = (token(here), held(index, here));
        let settle = self.settle(Value::Whole);
        let index = Literal::usize_unsuffixed(index);
        let take = quote!(#token.take(#index, &mut #held));
        let take = match self.options.always.as_ref().and_then(|always| always.unsafety.as_ref()) {
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

    /// Writes the step of all values of a collection, last first.
    pub(super) fn each(&self) -> TokenStream {
        let siblings = self.siblings();
        let elements = self.elements();
        let (cursor, each) = (elements.cursor(), elements.each(&elements.pop()));
        let settle = self.settle(Value::Whole);
        self.uncounted(quote! {
            #cursor
            #each {
                #siblings
                #settle
            }
        })
    }

    /// Writes the same where the values whose release fails stay.
    fn each_kept(&self) -> TokenStream {
        let siblings = self.siblings();
        let elements = self.elements();
        let (cursor, each) = (elements.cursor(), elements.each(&elements.next()));
        let places = elements.places();
        let is_released = elements.is_released();
        let settle = self.settle(Value::Whole);
        let runtime = self.runtime;
        quote! {
            if #runtime::__private::begin_each(__failures, #places) {
                #cursor
                #each {
                    #siblings
                    #settle
                }
                #runtime::__private::end_each(__failures, #is_released);
            }
        }
    }

    fn elements(&self) -> Elements<'_> {
        let Self { runtime, field, options, access, .. } = *self;
        Elements { runtime, field, options, access }
    }

    /// Writes the release of one value and what its outcome demands.
    fn settle(&self, whole: Value) -> impl ToTokens + '_ {
        written(move |tokens| {
            if self.options.keep.is_none() && self.options.drop.is_none() && self.own.is_none() {
                self.record_call(&self.call, whole, tokens);
            } else {
                append(tokens, self.settle_with(whole));
            }
        })
    }

    /// Writes [`settle`](Self::settle) where a value may stay, or `Drop` calls another function.
    fn settle_with(&self, whole: Value) -> TokenStream {
        let runtime = self.runtime;
        let fallback = Call::fallback(self.options).map(|call| {
            let mut tokens = TokenStream::new();
            self.record_call(&call, whole, &mut tokens);
            tokens
        });
        let settled = match (&self.options.keep, &fallback) {
            (None, None) => self.released(whole),
            (None, Some(drop)) => {
                let release = self.released(whole);
                quote! {
                    if !#runtime::Failures::is_drop(__failures) {
                        #release
                    } else {
                        #drop
                    }
                }
            }
            (Some(keep), None) => self.released_or_kept(keep),
            (Some(keep), Some(drop)) => self.released_kept_or_dropped(keep, drop),
        };
        let returned = matches!(self.call.check, Checked::WithFallback(_)).then(|| {
            quote! {
                use #runtime::__private::CheckedFallback as _;
                let __returned = #runtime::__private::Returned::new();
            }
        });
        let may_fail =
            self.may_report_nothing().then(|| quote!(use #runtime::__private::MayFail as _;));
        let copy = self.copy();
        quote!(#returned #may_fail #copy #settled)
    }

    /// Writes the release that no other function takes the place of.
    fn released(&self, whole: Value) -> TokenStream {
        let mut tokens = TokenStream::new();
        if self.own.is_none() {
            self.record_call(&self.call, whole, &mut tokens);
            return tokens;
        }
        let allow = self.allow_divergence(&self.call);
        let outcome = self.outcome(whole);
        let recorded = self.recorded(&outcome);
        quote!(#allow #recorded;)
    }

    /// Writes the release of a value that goes back if it is refused.
    fn released_or_kept(&self, keep: &Keep) -> TokenStream {
        let refused = self.refusal(["keep", "keep_if"], keep, &self.outcome(self.kept()));
        match self.put_back() {
            None => quote!(let _ = #refused;),
            Some(put) => quote! {
                if #refused {
                    #put
                }
            },
        }
    }

    /// Writes the same where `Drop` calls `drop` instead, and so does a last attempt that is refused.
    fn released_kept_or_dropped(&self, keep: &Keep, drop: &TokenStream) -> TokenStream {
        let runtime = self.runtime;
        let refused =
            self.refusal(["is_refused", "is_refused_if"], keep, &self.outcome(self.kept()));
        let finally = match self.put_back() {
            None => quote! {
                if !#runtime::__private::stop(__failures) {
                    #drop
                }
            },
            Some(put) => quote! {
                if #runtime::__private::stop(__failures) {
                    #put
                } else {
                    #drop
                }
            },
        };
        quote! {
            if #runtime::Failures::is_drop(__failures) || #refused {
                #finally
            }
        }
    }

    /// Writes the outcome of the release, as the author's error if it can come out as it is.
    fn outcome(&self, value: Value) -> TokenStream {
        let outcome = self.call.outcome(self.runtime, value).to_token_stream();
        match self.own {
            None => outcome,
            Some(error) => inherent::own_outcome(self.runtime, error, &self.call, &outcome),
        }
    }

    /// Returns the value where it may be needed again.
    fn kept(&self) -> Value {
        if self.field.is_always() { Value::Whole } else { Value::Copy }
    }

    /// Writes the copy of a value that may have to go back.
    fn copy(&self) -> Option<TokenStream> {
        let keep = self.options.keep.as_ref().filter(|_| !self.field.is_always())?;
        // At `keep`, where rustc reports that the value is not `Copy`.
        let here = here(keep.word.span());
        let runtime = self.runtime.at(here);
        Some(quote_spanned!(here=> let __copy = #runtime::__private::Keep::keep(&__value);))
    }

    /// Writes the code that puts a refused value back. A value that never left its field needs none.
    fn put_back(&self) -> Option<TokenStream> {
        if self.field.is_always() {
            return None;
        }
        if self.options.each.is_some() {
            let put_back = self.elements().put_back();
            return Some(quote!(#put_back;));
        }
        if self.options.invalid.is_some() {
            let place = self.access.place(self.field);
            return Some(quote!(#place = __value;));
        }
        let arguments = self.access.exclusive(self.field);
        let slot = self.runtime.item("Slot");
        let put = on_type(self.field, slot, "put", quote!(#arguments, __value));
        Some(quote!(#put;))
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

    /// Allows that a release never returns. Then nothing is left to record.
    fn allow_divergence(&self, call: &Call<'_>) -> Option<TokenStream> {
        if call.may_diverge() {
            self.beside_closures.then(allow_unreachable)
        } else {
            call.check().is_none().then(allow_diverging)
        }
    }

    /// Writes `__failures.record("path", outcome);`.
    fn record_call(&self, call: &Call<'_>, value: Value, tokens: &mut TokenStream) {
        self.allow_divergence(call).to_tokens(tokens);
        let record = |outcome: &dyn ToTokens, tokens: &mut TokenStream| {
            self.recorded(outcome).to_tokens(tokens);
            <Token![;]>::default().to_tokens(tokens);
        };
        call.write_recorded(self.runtime, value, &record, tokens);
    }

    /// Writes the question whether the release was refused. The second function asks the error too.
    fn refusal(
        &self,
        [of_all, of_some]: [&'static str; 2],
        keep: &Keep,
        outcome: &TokenStream,
    ) -> TokenStream {
        let runtime = self.runtime;
        let mut outcome = quote!(#outcome);
        if self.may_report_nothing() {
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
            None => self.at_place(of_all, &outcome).to_token_stream(),
            Some(is_alive) => {
                let is_alive = argument(self.runtime, is_alive);
                let arguments = two(outcome, is_alive);
                self.at_place(of_some, &arguments).to_token_stream()
            }
        }
    }

    /// Writes the method that records the outcome of a field, or the function for an element of it.
    fn recorded<'v>(&'v self, outcome: &'v dyn ToTokens) -> impl ToTokens + 'v {
        written(move |tokens| {
            if self.options.each.is_some() {
                self.at_place("record_at", outcome).to_tokens(tokens);
                return;
            }
            tokens.append(Ident::new("__failures", Span::call_site()));
            <Token![.]>::default().to_tokens(tokens);
            tokens.append(Ident::new("record", Span::call_site()));
            let arguments = written(|tokens| {
                tokens.append(Literal::string(&self.field.path()));
                <Token![,]>::default().to_tokens(tokens);
                outcome.to_tokens(tokens);
            });
            tokens.append(group(
                Delimiter::Parenthesis,
                arguments.into_token_stream(),
                Span::call_site(),
            ));
        })
    }

    /// Writes a call of a function of the runtime with the place of the field or of an element of it.
    fn at_place<'v>(
        &'v self,
        function: &'static str,
        arguments: &'v dyn ToTokens,
    ) -> impl ToTokens + 'v {
        written(move |tokens| {
            let path = self.field.path();
            let place =
                if self.options.each.is_some() { quote!((#path, __index)) } else { quote!(#path) };
            let function = self.runtime.private(function);
            append(tokens, quote!(#function(__failures, #place, #arguments)));
        })
    }

    /// Writes the names that the closures use: in a variant the other fields, under their own names; in a struct
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
                    name.set_span(here(name.span()));
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

/// Writes what takes the field's value, and leaves the field empty.
pub(super) fn take<'a>(
    runtime: &'a Runtime,
    field: &'a Field<'_>,
    options: &'a Unmanaged,
    access: Access<'a>,
) -> impl ToTokens + 'a {
    let exclusive = access.exclusive(field);
    written(move |tokens| match &options.invalid {
        Some(invalid) => {
            let arguments = two(exclusive, invalid.list());
            on_type(field, runtime.private("Sentinel"), "take", arguments).to_tokens(tokens);
        }
        None => on_type(field, runtime.item("Slot"), "take", exclusive).to_tokens(tokens),
    })
}

/// Returns `true` if a closure of another field of the variant names `field`.
pub(super) fn is_named_in(field: &Field<'_>, fields: &[Field<'_>], pass: Pass) -> bool {
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
    let mut closures = call.closures();
    if let Some(fallback) = Call::fallback(options) {
        closures.extend(fallback.closures());
    }
    let is_alive = options.keep.as_ref().and_then(|keep| keep.is_alive.as_ref());
    closures.extend(is_alive.and_then(Callee::closure));
    let name = sibling.sibling_name();
    let mut names = Vec::new();
    if closures.iter().any(|closure| closure.binds(&name)) {
        for closure in closures {
            names.extend(closure.mentions(&name));
        }
        return names;
    }
    let is_name = |word: &str| fields.iter().any(|field| field.sibling_name() == word);
    let mention = closures.iter().find_map(|closure| closure.mention(&name));
    names.extend(
        mention.or_else(|| closures.iter().find_map(|closure| closure.begins(&name, &is_name))),
    );
    names
}
