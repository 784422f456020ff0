//! The rules that span two attributes, or an attribute and the shape of the type.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Type, Visibility, WherePredicate};

use crate::attr::{Always, Role, Unmanaged, UserFn};
use crate::closure::{Closure, Inlined};
use crate::contents::Contents;
use crate::errors::Errors;
use crate::input::{Field, Input, Kind, Shape};
use crate::item::{Attrs, Data};
use crate::types::{is_integer, is_named, is_pointer, only_argument, visible};

pub(crate) fn check(input: &Input<'_>, errors: &mut Errors) {
    check_union(input, errors);
    check_packed(input, errors);
    check_kept_alone(input, errors);
    check_clone(input, errors);
    check_order(input, errors);
    check_before(input, errors);
    check_owner_of_variant(input, errors);
    for field in &input.fields {
        check_keys(input.kind, field, errors);
        check_silent_leak(input, field, errors);
        check_bound(input, field, errors);
        check_wide_pointer(field, errors);
        check_literal_for_slot(field, errors);
        check_parameter(field, errors);
        if input.is_struct() {
            check_public(input, field, errors);
        }
    }
    check_something_to_release(input, errors);
}

/// Reports `self` in the closure of `before`, which receives the value and cannot borrow it twice.
fn check_before(input: &Input<'_>, errors: &mut Errors) {
    let closure = input.options.before.as_ref().and_then(|before| before.callee.closure());
    // A simple body stands by itself, and may name `self` as long as the parameter is not used.
    let Some(closure) = closure.filter(|closure| closure.inlined.is_none()) else { return };
    if let Some(owner) = closure.certain_mention("self") {
        errors.at(
            owner,
            "`before` receives the value as its parameter, and `self` is that value; name the parameter and use it, as in `before = |this| this.flush()`",
        );
    }
}

/// Reports `self.len` in the closure of a variant, for a field beside it. rustc's error (E0609) would not say what to
/// do.
fn check_owner_of_variant(input: &Input<'_>, errors: &mut Errors) {
    if input.is_struct() || !input.item.names_owner {
        return;
    }
    for fields in input.groups() {
        for field in fields {
            let Some(options) = field.unmanaged() else { continue };
            for sibling in fields.iter().filter(|other| !core::ptr::eq(*other, field)) {
                let name = sibling.path();
                let place = closures(options)
                    .into_iter()
                    .find_map(|(closure, ..)| closure.read_of_self(&|of| of == name));
                let Some(place) = place else { continue };
                errors.at(
                    place,
                    &format!(
                        "`self` is the enum, which has no field `{name}`; in a variant a field is named by itself and is a reference: `*{}`",
                        sibling.sibling_name()
                    ),
                );
            }
        }
    }
}

/// Reports what is not a struct around one handle. The derive beside it checks everything else.
pub(crate) fn check_safe_handle(input: &Input<'_>, errors: &mut Errors) {
    if !input.is_struct() {
        errors.at(
            &input.item.ident,
            "`derive(SafeHandle)` needs a struct with one `#[unmanaged(…)]` field; implement `SafeHandle` by hand for other types",
        );
        return;
    }
    let mut handles = input.unmanaged();
    match (handles.next(), handles.next()) {
        (Some((handle, options)), None) => {
            // The other derive reports a public field with an unsafe release too, if it is not by hand. rustc
            // prints the same error once.
            if unsafe_key(options).is_some() && !input.options.lent.is_empty() {
                check_public(input, handle, errors);
            } else {
                check_lent(input, handle, errors);
            }
            if let Some(each) = &options.each {
                errors.at(
                    each,
                    "a safe handle holds one handle, not `each` of a collection; leave out `derive(SafeHandle)`",
                );
            }
        }
        (Some(_), Some((second, _))) => errors.at(
            second.ty(),
            "`derive(SafeHandle)` needs exactly one `#[unmanaged(…)]` field, and this is the second; make a safe handle of each and put them into this struct",
        ),
        (None, _) if !input.fields.iter().any(|field| matches!(field.role, Role::Broken)) => errors.at(
            &input.item.ident,
            "`derive(SafeHandle)` found no handle; mark one field with `#[unmanaged(release = …)]`",
        ),
        _ => {}
    }
}

/// Reports a public field that is lent. Safe code elsewhere could store a descriptor that is not its own.
fn check_lent(input: &Input<'_>, field: &Field<'_>, errors: &mut Errors) {
    if let (Visibility::Public(public), Some(lent)) =
        (&field.original.vis, input.options.lent.first())
    {
        errors.at(
            public,
            &format!(
                "`{}` is public and lent by `unsafe({})`, so safe code elsewhere could store a descriptor that it does not own; make it private, or `pub(crate)` is enough",
                field.path(),
                lent.word
            ),
        );
    }
}

/// Reports a union, whose live field is not known.
fn check_union(input: &Input<'_>, errors: &mut Errors) {
    if let Shape::Union(union) = &input.shape {
        let name = input.kind.name();
        errors.at(
            union,
            &format!("`derive({name})` needs a struct or an enum; put the union into a struct, which knows what is live"),
        );
    }
}

/// Reports a packed struct, whose fields the releases cannot borrow.
fn check_packed(input: &Input<'_>, errors: &mut Errors) {
    for attr in input.item.attrs.known.iter().filter(|attr| attr.is("repr")) {
        let list: Vec<_> = attr.list().unwrap_or_default().into_iter().collect();
        for (at, word) in list.iter().enumerate() {
            if matches!(word, TokenTree::Ident(word) if word == "packed") {
                let behind = list.get(at + 1);
                let alignment = behind.filter(|token| matches!(token, TokenTree::Group(_)));
                errors.at(
                    quote::quote!(#word #alignment),
                    &format!("`derive({})` does not work with `packed`, because fields must be borrowed; put the packed data into a field of its own", input.kind.name()),
                );
            }
        }
    }
}

/// A derive without effect is a misunderstanding, unless it follows from a mistake that has been
/// reported. A scope guard that only has `before` needs a type whose release happens once.
fn check_something_to_release(input: &Input<'_>, errors: &mut Errors) {
    let only_before = input.kind == Kind::Close && input.options.before.is_some();
    if !errors.is_empty() || only_before || input.fields.iter().any(Field::is_tracked) {
        return;
    }
    let hint = match (input.kind, input.options.before.is_some()) {
        (Kind::Dispose | Kind::AsyncDispose, true) => {
            "; for a guard that only has `before`, `derive(Close)`"
        }
        _ => "",
    };
    errors.at(
        &input.item.ident,
        &format!(
            "`derive({})` found nothing to release; mark a handle with `#[unmanaged(release = …)]`, a `Dispose` part with `#[dispose]`, a field whose type derives `Close` alone (`Option<T>`, or `Vec<T>` with `each`) with `#[unmanaged(release = Close::close)]`{hint}",
            input.kind.name()
        ),
    );
}

/// Reports keys that exclude each other, and keys of another derive.
fn check_keys(kind: Kind, field: &Field<'_>, errors: &mut Errors) {
    if let (Kind::Close, Some(word)) = (kind, field.asynchrony()) {
        errors.at(
            word,
            &format!("nothing awaits `{word}` under `derive(Close)`; use `derive(Dispose, AsyncDispose)`, or leave it out"),
        );
    }
    let Some(options) = field.unmanaged() else { return };
    if let (Some(_), Some(drop)) = (&options.release_async, &options.drop) {
        errors.at(
            drop,
            "`drop` cannot be combined with `release_async`, whose `release` is what `Drop` calls already; leave `drop` out",
        );
    }
    let Some(Always { word, unsafety }) = &options.always else { return };
    if kind != Kind::Close {
        errors.at(
            word,
            "`always` has no empty state, which an in-place `dispose` needs; use `derive(Close)`, or `invalid = …` or an `Option<…>` field instead",
        );
        return;
    }
    match (field.is_moved_out(), unsafety) {
        (true, None) => errors.at(
            word,
            "`always` moves the value out of its `ManuallyDrop`, and nothing may read it afterwards; write `unsafe(always)`",
        ),
        (false, Some(_)) => errors.at(
            word,
            "`unsafe(always)` is for a `ManuallyDrop`, by that name; a field of another type is copied, which is safe; leave `unsafe` out",
        ),
        _ => {}
    }
    let mut exclude = |found: bool, key: &str, reason: &str| {
        if found {
            errors.at(
                word,
                &format!(
                    "`always` cannot be combined with `{key}`, because {reason}; remove one of them"
                ),
            );
        }
    };
    let is_invalid = options.invalid.is_some();
    exclude(is_invalid, "invalid", "an `always` field holds a resource whatever its value");
    exclude(options.each.is_some(), "each", "a collection may be empty");
    let is_moved = field.is_moved_out() && options.keep.is_some();
    exclude(is_moved, "on_error", "what is moved out of a `ManuallyDrop` cannot be put back");
}

/// Reports a field that may stay beside other tracked ones. Under `derive(Close)` only the whole value can
/// come back.
fn check_kept_alone(input: &Input<'_>, errors: &mut Errors) {
    if input.kind != Kind::Close {
        return;
    }
    for fields in input.groups() {
        if fields.iter().filter(|field| field.is_tracked()).count() < 2 {
            continue;
        }
        for keep in fields.iter().filter_map(|field| field.unmanaged()?.keep.as_ref()) {
            errors.at(
                &keep.word,
                &format!("`on_error = {}` gives the whole value back (`try_close`), and here another field may be released already; use `derive(Dispose)`, or leave `on_error` out", keep.word),
            );
        }
    }
}

/// Reports a type with `clone = F` that holds more than one handle.
fn check_clone(input: &Input<'_>, errors: &mut Errors) {
    let found = input
        .unmanaged()
        .find_map(|(field, options)| Some((field, options, options.clone.as_ref()?)));
    let Some((field, options, clone)) = found else { return };
    let mut refuse = |reason: &str| {
        errors.at(&clone.key, &format!("{reason}; leave `clone` out, or write `Clone` by hand with `#[dispose(clone)]` on the type"));
    };
    if !input.is_struct() {
        refuse("`clone` is for a struct with one handle, not for an enum");
    } else if options.each.is_some() {
        refuse("`clone` retains one handle, not `each` of a collection");
    } else if input.unmanaged().count() > 1 {
        refuse("`clone` retains one handle, and another field is released too");
    } else if is_option_of_unit(field.ty()) {
        refuse(
            "`clone` retains a handle, and `Option<()>` holds none; make it a `bool` with `invalid = false`",
        );
    } else if input.options.before.is_some() {
        refuse("`before` would run for each owner, also for what a clone holds a copy of");
    } else if let Some(word) = &input.options.clone {
        errors.at(word, "the field's `clone` implements `Clone`; leave out one of the two");
    }
}

/// Returns `true` for `Option<()>`. If `F` returns `()`, that could be the handle, or nothing.
fn is_option_of_unit(ty: &Type) -> bool {
    matches!(only_argument(ty, "Option"), Some(Type::Tuple(tuple)) if tuple.elems.is_empty())
}

/// Reports a closure that uses what is released before it runs. The borrow checker finds the places of a value
/// that is moved out, also where the tokens do not show them, in words of its own.
fn check_order(input: &Input<'_>, errors: &mut Errors) {
    for fields in input.groups() {
        for (at, field) in fields.iter().enumerate() {
            let Some(options) = field.unmanaged() else { continue };
            for (closure, is_unsafe, remedy) in closures(options) {
                let used = fields[at..].iter().enumerate().find_map(|(behind, released)| {
                    let is_own = behind == 0;
                    let place = used(input, closure, released, is_own)?;
                    // A function that is safe to call may look at null.
                    let is_mistake =
                        is_unsafe || released.is_always() || (is_own && closure.ignores_value());
                    is_mistake.then_some((place, is_own, released))
                });
                let Some((place, is_own, released)) = used else { continue };
                let path = released.path();
                let state = if released.is_moved_out() {
                    "is moved out of its `ManuallyDrop`"
                } else if is_own {
                    "is empty already"
                } else {
                    "is released already"
                };
                let remedy = if is_own {
                    remedy.to_owned()
                } else {
                    format!("declare `{}` after `{path}`", field.path())
                };
                errors.at(place, &format!("`{path}` {state} when this closure runs; {remedy}"));
            }
        }
    }
}

/// Returns where the closure uses a field that is released before it runs: where it reads what is moved out, or passes a
/// pointer to a function. To look at the field may be meant.
fn used(
    input: &Input<'_>,
    closure: &Closure,
    released: &Field<'_>,
    is_own: bool,
) -> Option<TokenStream> {
    let options = released.unmanaged().filter(|options| options.each.is_none())?;
    let (is_moved_out, is_there) = (released.is_moved_out(), is_own && options.always.is_some());
    let ty = released.ty();
    let is_pointer = is_pointer(ty) || only_argument(ty, "NonNull").is_some();
    let is_ignored = || is_own && is_integer(ty) && closure.ignores_value();
    let is_passed = !is_there && (is_pointer || is_ignored());
    if !is_moved_out && !is_passed {
        return None;
    }
    if !input.is_struct() {
        let name = released.sibling_name();
        let mention = closure.mention(&name)?;
        let is_read = is_moved_out.then(|| mention.into_token_stream());
        let is_alone = closure.mention("self").is_none();
        return is_read.or_else(|| closure.passed(&["*", &name]).filter(|_| is_alone));
    }
    let member = released.member.to_token_stream().to_string();
    if is_moved_out {
        return closure.read_of_self(&|name| name == member);
    }
    // Any other use of `self` may fill the field again.
    let is_field = |name: &str| {
        input.fields.iter().any(|field| field.member.to_token_stream().to_string() == name)
    };
    closure.passed(&["self", ".", &member]).filter(|_| !closure.reaches(&is_field))
}

/// Returns the closures of a field that may name its owner: whether they do something unsafe, and the way to the
/// field's own value.
fn closures(options: &Unmanaged) -> Vec<(&Closure, bool, &'static str)> {
    let mut closures = Vec::new();
    for function in [&options.release, &options.release_async, &options.drop].into_iter().flatten()
    {
        let closure = function.callee.closure();
        let remedy = "use the closure's parameter";
        closures.extend(closure.map(|closure| (closure, has_unsafe(function), remedy)));
    }
    let is_alive = options.keep.as_ref().and_then(|keep| keep.is_alive.as_ref());
    for callee in [options.check.as_ref(), is_alive].into_iter().flatten() {
        let closure = callee.closure();
        let remedy = "do it in the closure of `release`";
        closures.extend(closure.map(|closure| (closure, is_unsafe_in(&closure.body), remedy)));
    }
    closures
}

/// Reports a raw handle that is not released. It leaks, or is borrowed and should be marked so.
fn check_silent_leak(input: &Input<'_>, field: &Field<'_>, errors: &mut Errors) {
    let is_untracked = matches!(field.role, Role::Untracked);
    if is_untracked && Contents::of(input, field.ty()).has_raw && !is_misplaced(input) {
        let each = if is_collection(field.ty()) { "each, " } else { "" };
        let others = match input.options.before {
            Some(_) => "if the library frees it, or if `before` releases it",
            None => "or if the library frees it",
        };
        errors.at(
            field.ty(),
            &format!(
                "`{}` holds a raw handle that is not released; add `#[unmanaged({each}release = …)]` if it is owned, or `#[dispose(skip)]` if it is borrowed, {others}",
                field.path()
            ),
        );
    }
}

/// Returns `true` if its elements are released by `each`, as far as its tokens show.
fn is_collection(ty: &Type) -> bool {
    let names = ["Vec", "VecDeque", "BTreeMap", "HashMap"];
    matches!(visible(ty), Type::Array(_)) || names.iter().any(|name| is_named(ty, name))
}

/// Returns `true` if an `#[unmanaged]` that should be on a field is elsewhere, which has been reported.
fn is_misplaced(input: &Input<'_>) -> bool {
    let is_here = |attrs: &Attrs<'_>| attrs.ours.iter().any(|attr| attr.is("unmanaged"));
    is_here(&input.item.attrs)
        || match &input.item.data {
            Data::Enum(variants) => variants.iter().any(|variant| is_here(&variant.attrs)),
            _ => false,
        }
}

/// Reports a part whose type lacks a bound. The `Drop` impl cannot add it, and rustc's error (E0367) would not say
/// what to do.
fn check_bound(input: &Input<'_>, field: &Field<'_>, errors: &mut Errors) {
    let (Role::Part(_), Type::Path(ty)) = (&field.role, visible(field.ty())) else { return };
    let Some(name) = ty.path.get_ident().filter(|_| ty.qself.is_none()) else { return };
    let generics = &input.item.generics;
    let Some(parameter) = generics.type_params().find(|parameter| parameter.ident == *name) else {
        return;
    };
    let bounds = |predicate: &WherePredicate| match predicate {
        WherePredicate::Type(bound) => {
            matches!(visible(&bound.bounded_ty), Type::Path(ty) if ty.path.is_ident(name))
        }
        _ => false,
    };
    let clause = generics.where_clause.as_ref();
    let bounded = clause.is_some_and(|clause| clause.predicates.iter().any(bounds));
    let needed = if field.asynchrony().is_some() { "AsyncDispose" } else { "Dispose" };
    if parameter.bounds.is_empty() && !bounded {
        errors.at(
            field.ty(),
            &format!(
                "`{name}` may be a type that cannot be disposed; bound it where the type is declared: `{}<{name}: {needed}>`",
                input.item.ident
            ),
        );
    }
}

/// Reports a pointer with a length or a vtable, which has no null. rustc would only report an unknown size.
fn check_wide_pointer(field: &Field<'_>, errors: &mut Errors) {
    let (Some(options), Type::Ptr(pointer)) = (field.unmanaged(), visible(field.ty())) else {
        return;
    };
    let has_empty_state =
        options.invalid.is_some() || options.always.is_some() || options.each.is_some();
    let what = match visible(&pointer.elem) {
        Type::Slice(_) => "a length",
        Type::TraitObject(_) => "a vtable",
        Type::Path(path) if path.path.is_ident("str") => "a length",
        _ => return,
    };
    if !has_empty_state {
        errors.at(
            field.ty(),
            &format!(
                "`{}` is a pointer with {what}, which has no null; use `Option<NonNull<…>>`",
                field.path()
            ),
        );
    }
}

/// Reports a number as `invalid` for an `Option` or a pointer, which has an empty state of its own.
fn check_literal_for_slot(field: &Field<'_>, errors: &mut Errors) {
    let Some(invalid) = field.unmanaged().and_then(|options| options.invalid.as_ref()) else {
        return;
    };
    let empty = match visible(field.ty()) {
        Type::Ptr(_) => "a pointer is empty when it is null",
        ty if is_named(ty, "Option") => "an `Option` is empty when it is `None`",
        _ => return,
    };
    if invalid.is_literal() {
        errors.at(
            invalid.list().stream(),
            &format!(
                "`invalid` has another type than `{}`, and {empty}; leave `invalid` out",
                field.path()
            ),
        );
    }
}

/// Reports `this.raw` in the release of the pointer or number `raw`, for which the parameter was taken for the owner.
fn check_parameter(field: &Field<'_>, errors: &mut Errors) {
    let release = field.unmanaged().and_then(|options| options.release.as_ref());
    let inlined = release.and_then(|release| release.callee.closure()?.inlined.as_ref());
    let Some(Inlined { read: Some((parameter, member)), .. }) = inlined else { return };
    let ty = only_argument(field.ty(), "Option").unwrap_or(field.ty());
    if *member == field.member && (is_pointer(ty) || is_integer(ty)) {
        let name = field.path();
        errors.at(
            quote::quote!(#parameter.#member),
            &format!("the closure's parameter is the value of `{name}` itself, not its owner; write `{parameter}` for `{parameter}.{name}`"),
        );
    }
}

/// Reports a public field with an unsafe release. Safe code elsewhere could store a handle that is not
/// its own, and the release would run.
fn check_public(input: &Input<'_>, field: &Field<'_>, errors: &mut Errors) {
    let Visibility::Public(public) = &field.original.vis else { return };
    let unsafe_key = match field.unmanaged() {
        Some(options) => unsafe_key(options),
        None => (is_before_unsafe(input) && Contents::of(input, field.ty()).has_raw)
            .then_some("`before`"),
    };
    if let Some(unsafe_key) = unsafe_key {
        errors.at(
            public,
            &format!(
                "`{}` is public and {unsafe_key} is unsafe, so safe code elsewhere could store a handle that it does not own; make it private, or `pub(crate)` is enough",
                field.path()
            ),
        );
    }
}

/// Returns which of a field's functions is unsafe, for the message.
fn unsafe_key(options: &Unmanaged) -> Option<&'static str> {
    let Unmanaged { release, release_async, drop, clone, .. } = options;
    if [release, release_async, drop].into_iter().flatten().any(has_unsafe) {
        return Some("its release");
    }
    clone.as_ref().filter(|clone| has_unsafe(clone)).map(|_| "its `clone`")
}

/// Returns `true` if `before` does something unsafe.
pub(crate) fn is_before_unsafe(input: &Input<'_>) -> bool {
    input.options.before.as_ref().is_some_and(has_unsafe)
}

/// Returns `true` if there is an `unsafe` at the key or inside the closure.
fn has_unsafe(release: &UserFn) -> bool {
    release.unsafety.is_some()
        || release.callee.closure().is_some_and(|closure| is_unsafe_in(&closure.body))
}

fn is_unsafe_in(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => is_unsafe_in(&group.stream()),
        TokenTree::Ident(word) => word == "unsafe",
        _ => false,
    })
}
