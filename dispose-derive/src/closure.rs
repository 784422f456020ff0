//! Closures in an attribute, and when the body of one stands in the expansion by itself.

use proc_macro2::{Delimiter, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser as _};
use syn::token::Paren;
use syn::{
    Expr, ExprCast, ExprField, ExprParen, ExprReference, ExprUnary, Member, Path, Result, Token,
    Type, parenthesized,
};

use crate::value::{after_assign, between, is_at_end};

pub(crate) struct Closure {
    /// The place of its first token.
    pub(crate) start: Span,
    /// The word `async`.
    pub(crate) asynchrony: Option<Token![async]>,
    /// The parameters with the bars.
    pub(crate) parameters: TokenStream,
    /// The `-> T`.
    pub(crate) output: Option<TokenStream>,
    pub(crate) body: TokenStream,
    pub(crate) takes_nothing: bool,
    pub(crate) inlined: Option<Inlined>,
}

/// The parameter of a body that is written without its closure, behind `let parameter = …;`. A closure costs the
/// compiler as much as another function.
pub(crate) struct Inlined {
    pub(crate) parameter: Ident,
    /// Set if the body makes nothing that is dropped behind it, so that it needs no block of its own.
    pub(crate) is_plain: bool,
    /// A field of the parameter that the body reads, behind the parameter as the body names it. The first tokens
    /// that are not plain may hide others.
    pub(crate) read: Option<(Ident, Member)>,
}

impl Closure {
    /// Returns `true` if it says `-> !`.
    pub(crate) fn diverges(&self) -> bool {
        let is_never = |output: &TokenStream| output.to_string().ends_with('!');
        self.asynchrony.is_none() && self.output.as_ref().is_some_and(is_never)
    }

    /// Returns `true` if its parameter is `_`.
    pub(crate) fn ignores_value(&self) -> bool {
        self.inlined.is_none() && self.parameters.to_string().trim_matches(['|', ' ']) == "_"
    }

    /// Returns `async |name| { … }` for `|name| async move { … }`.
    pub(crate) fn as_async(&self) -> Option<Self> {
        let body: Vec<_> = self.body.clone().into_iter().collect();
        match body.as_slice() {
            [TokenTree::Ident(word), TokenTree::Ident(mode), TokenTree::Group(block)]
                if word == "async" && mode == "move" && block.delimiter() == Delimiter::Brace =>
            {
                Some(Self {
                    start: word.span(),
                    asynchrony: Some(Token![async](word.span())),
                    parameters: self.parameters.clone(),
                    output: None,
                    body: TokenTree::Group(block.clone()).into(),
                    takes_nothing: self.takes_nothing,
                    inlined: None,
                })
            }
            _ => None,
        }
    }

    pub(crate) fn from_tokens(tokens: TokenStream) -> Option<Self> {
        Self::parse.parse2(tokens).ok()
    }

    /// Parses the key's `= |name| expression`, if the expression is simple.
    pub(crate) fn assigned_simple(input: ParseStream<'_>) -> Option<Self> {
        let ahead = after_assign(input).filter(|value| value.peek(Token![|]))?;
        let bar: Token![|] = ahead.parse().ok()?;
        let name: Ident = ahead.parse().ok()?;
        // Clippy warns of a `let _name` without effect, and `__value` is the expansion's own.
        if name.unraw().to_string().starts_with('_') {
            return None;
        }
        let end: Token![|] = ahead.parse().ok()?;
        let (body, mut behind) = (ahead.fork(), ahead.fork());
        let mut read = None;
        let is_plain = skip_plain(&behind, &name, &mut read).is_ok() && is_at_end(&behind);
        if !is_plain {
            behind = ahead;
            behind.parse().ok().filter(is_simple)?;
            if !is_at_end(&behind) {
                return None;
            }
        }
        input.advance_to(&behind);
        Some(Self {
            start: bar.span,
            asynchrony: None,
            parameters: quote!(#bar #name #end),
            output: None,
            inlined: Some(Inlined { parameter: name, is_plain, read }),
            body: between(&body, &behind),
            takes_nothing: false,
        })
    }

    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let asynchrony: Option<Token![async]> = input.parse()?;
        // The closure is called where it stands, so a `move` would only move `self` away.
        input.parse::<Option<Token![move]>>()?;
        let bar: Token![|] = input.parse()?;
        let start = asynchrony.as_ref().map_or(bar.span, |word| word.span);
        let mut parameters = bar.into_token_stream();
        let mut takes_nothing = true;
        while !input.peek(Token![|]) {
            takes_nothing = false;
            parameters.extend([input.parse::<TokenTree>()?]);
        }
        input.parse::<Token![|]>()?.to_tokens(&mut parameters);
        let output = if input.peek(Token![->]) {
            let mut output = input.parse::<Token![->]>()?.into_token_stream();
            input.call(Type::without_plus)?.to_tokens(&mut output);
            Some(output)
        } else {
            None
        };
        let body: TokenStream = input.parse()?;
        if body.is_empty() {
            return Err(input.error("expected the closure's body"));
        }
        Ok(Self { start, asynchrony, parameters, output, body, takes_nothing, inlined: None })
    }
}

/// Returns `true` if `syn` parses all of it without the feature `full`, and it cannot leave the closure:
/// it has no `return`, no `?`, and no macro, which could hold them.
fn is_simple(expression: &Expr) -> bool {
    match expression {
        Expr::Lit(_) | Expr::Path(_) => true,
        Expr::Call(call) => is_simple(&call.func) && call.args.iter().all(is_simple),
        Expr::MethodCall(call) => is_simple(&call.receiver) && call.args.iter().all(is_simple),
        Expr::Binary(binary) => is_simple(&binary.left) && is_simple(&binary.right),
        Expr::Field(ExprField { base: inside, .. })
        | Expr::Cast(ExprCast { expr: inside, .. })
        | Expr::Paren(ExprParen { expr: inside, .. })
        | Expr::Reference(ExprReference { expr: inside, .. })
        | Expr::Unary(ExprUnary { expr: inside, .. }) => is_simple(inside),
        _ => false,
    }
}

/// Skips an expression of values and calls of functions, which take what they are called with. Sets `read` to
/// a field of the parameter, also before an error.
fn skip_plain(
    input: ParseStream<'_>,
    parameter: &Ident,
    read: &mut Option<(Ident, Member)>,
) -> Result<()> {
    if input.cursor().literal().is_some() {
        input.parse::<Literal>()?;
    } else {
        let path = input.call(Path::parse_mod_style)?;
        if input.peek(Token![.]) && path.is_ident(parameter) {
            let behind = input.fork();
            behind.parse::<Token![.]>()?;
            let member = behind.parse()?;
            if !behind.peek(Paren) && !behind.peek(Token![::]) {
                *read = Some((path.segments[0].ident.clone(), member));
            }
        }
    }
    loop {
        if input.peek(Paren) {
            let arguments;
            parenthesized!(arguments in input);
            while !arguments.is_empty() {
                skip_plain(&arguments, parameter, read)?;
                if !arguments.is_empty() {
                    arguments.parse::<Token![,]>()?;
                }
            }
        } else if input.peek(Token![.]) {
            input.parse::<Token![.]>()?;
            input.parse::<Member>()?;
            if input.peek(Paren) {
                return Err(input.error("a method may borrow its receiver"));
            }
        } else {
            return Ok(());
        }
    }
}
