//! The values after `=` in an attribute. `syn` without `full` has no closures, so an expression is kept
//! as tokens. The parser of an enum's discriminant, `key = expression`, finds its end.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseBuffer, ParseStream, Parser as _};
use syn::{
    Expr, ExprCast, ExprField, ExprParen, ExprPath, ExprReference, ExprUnary, Lit, LitStr, Result,
    Token, Type, Variant,
};

use crate::extent::Extent;

/// Parses the key's `= expression` from a stream at the key. Returns `None` without one.
pub(crate) fn assigned(input: ParseStream<'_>) -> Option<TokenStream> {
    let variant: Variant = input.parse().ok()?;
    let (_, expression) = variant.discriminant?;
    Some(ungrouped(expression.into_token_stream()))
}

/// Parses the key's `= path`, if nothing follows it.
pub(crate) fn assigned_path(input: ParseStream<'_>) -> Option<ExprPath> {
    let ahead = after_assign(input)?;
    let path = ahead.parse().ok()?;
    if !is_at_end(&ahead) {
        return None;
    }
    input.advance_to(&ahead);
    Some(path)
}

/// Returns a stream behind the key's `=`.
fn after_assign(input: ParseStream<'_>) -> Option<ParseBuffer<'_>> {
    let ahead = input.fork();
    ahead.call(Ident::parse_any).ok()?;
    ahead.parse::<Token![=]>().ok()?;
    Some(ahead)
}

fn is_at_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

/// Removes the invisible parentheses around tokens that a `macro_rules!` macro put in.
pub(crate) fn ungrouped(tokens: TokenStream) -> TokenStream {
    let mut iter = tokens.clone().into_iter();
    match (iter.next(), iter.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::None => {
            ungrouped(group.stream())
        }
        _ => tokens,
    }
}

/// `invalid = E` or `invalid = [E, …]`
pub(crate) enum Invalid {
    /// An integer, and its minus.
    Number(Option<Token![-]>, Literal),
    /// `[E, …]`
    List(Group),
}

impl Invalid {
    /// The key's `= 1` or `= -1`, if that is all.
    pub(crate) fn assigned_number(input: ParseStream<'_>) -> Option<Self> {
        let ahead = after_assign(input)?;
        let minus = ahead.parse().ok()?;
        let number: Literal = ahead.parse().ok()?;
        let is_integer = number.to_string().bytes().all(|digit| digit.is_ascii_digit());
        if !is_integer || !is_at_end(&ahead) {
            return None;
        }
        input.advance_to(&ahead);
        Some(Self::Number(minus, number))
    }

    /// `[E, …]`
    pub(crate) fn list(&self) -> Group {
        match self {
            Self::Number(..) => array(self.to_token_stream()),
            Self::List(list) => list.clone(),
        }
    }

    /// Returns `true` if it consists of literals only. Such a value has no code of the user's that could
    /// panic, and borrows nothing.
    pub(crate) fn is_literal(&self) -> bool {
        match self {
            Self::Number(..) => true,
            Self::List(list) => is_literal(&list.stream()),
        }
    }

    /// Returns `true` if a literal `0`, of whatever type, or `false` is among the values.
    pub(crate) fn includes_zero(&self) -> bool {
        match self {
            Self::Number(minus, number) => {
                minus.is_none() && number.to_string().bytes().all(|digit| digit == b'0')
            }
            Self::List(list) => values(list.stream()).into_iter().any(is_zero),
        }
    }
}

impl ToTokens for Invalid {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Number(minus, number) => {
                minus.to_tokens(tokens);
                number.to_tokens(tokens);
            }
            Self::List(list) => list.to_tokens(tokens),
        }
    }
}

/// `[value]`, at the place of the value.
pub(crate) fn array(value: TokenStream) -> Group {
    let span = value.first().resolved_at(Span::call_site());
    let mut array = Group::new(Delimiter::Bracket, value);
    array.set_span(span);
    array
}

/// The values of `[E, …]`.
fn values(list: TokenStream) -> Vec<TokenStream> {
    let mut values = vec![TokenStream::new()];
    for token in list {
        match (&token, values.last_mut()) {
            (TokenTree::Punct(comma), _) if comma.as_char() == ',' => {
                values.push(TokenStream::new());
            }
            (_, Some(value)) => value.extend([token]),
            (_, None) => {}
        }
    }
    values
}

/// A literal `0`, of whatever type, or `false`.
fn is_zero(value: TokenStream) -> bool {
    match syn::parse2::<Lit>(value) {
        Ok(Lit::Int(int)) => int.base10_digits() == "0",
        Ok(Lit::Bool(bool)) => !bool.value,
        _ => false,
    }
}

fn is_literal(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().all(|token| match token {
        TokenTree::Literal(_) => true,
        TokenTree::Ident(word) => word == "true" || word == "false",
        TokenTree::Punct(punct) => matches!(punct.as_char(), '-' | ',' | '!'),
        TokenTree::Group(group) => is_literal(&group.stream()),
    })
}

/// A function of the user's, or a closure.
pub(crate) enum Callee {
    Path(ExprPath),
    Closure(Closure),
}

pub(crate) struct Closure {
    /// The word `async`.
    pub(crate) asynchrony: Option<Token![async]>,
    /// The opening bar.
    bar: Span,
    /// The parameters with the bars.
    pub(crate) parameters: TokenStream,
    /// The `-> T`.
    pub(crate) output: Option<TokenStream>,
    pub(crate) body: TokenStream,
    pub(crate) takes_nothing: bool,
    /// The parameter, if the body can stand alone after `let parameter = …;`.
    pub(crate) binding: Option<Ident>,
    /// Set if such a body makes nothing that is dropped behind it.
    pub(crate) is_plain: bool,
}

impl Callee {
    /// Makes one of a path, a string that holds a path, or a closure. Returns `None` for anything else.
    pub(crate) fn from_tokens(tokens: TokenStream) -> Option<Self> {
        match tokens.clone().into_iter().next()? {
            TokenTree::Literal(_) => {
                syn::parse2::<LitStr>(tokens).ok()?.parse().ok().map(Self::Path)
            }
            TokenTree::Punct(bar) if bar.as_char() == '|' => Closure::from_tokens(tokens),
            TokenTree::Ident(word) if word == "move" || word == "async" => {
                Closure::from_tokens(tokens)
            }
            _ => syn::parse2(tokens).ok().map(Self::Path),
        }
    }
}

impl Callee {
    pub(crate) fn closure(&self) -> Option<&Closure> {
        match self {
            Self::Closure(closure) => Some(closure),
            Self::Path(_) => None,
        }
    }
}

impl ToTokens for Callee {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Path(path) => path.to_tokens(tokens),
            Self::Closure(Closure { asynchrony, parameters, output, body, .. }) => {
                asynchrony.to_tokens(tokens);
                parameters.to_tokens(tokens);
                output.to_tokens(tokens);
                body.to_tokens(tokens);
            }
        }
    }
}

impl Extent for Callee {
    fn first(&self) -> Span {
        match self {
            Self::Path(path) => path.first(),
            Self::Closure(Closure { asynchrony: Some(word), .. }) => word.span,
            Self::Closure(closure) => closure.bar,
        }
    }

    fn last(&self) -> Span {
        match self {
            Self::Path(path) => path.last(),
            Self::Closure(closure) => closure.body.last(),
        }
    }
}

impl Closure {
    /// Returns `true` if it says `-> !`.
    pub(crate) fn diverges(&self) -> bool {
        let is_never = |output: &TokenStream| output.to_string().ends_with('!');
        self.asynchrony.is_none() && self.output.as_ref().is_some_and(is_never)
    }

    /// Returns `async |name| { … }` for `|name| async move { … }`.
    pub(crate) fn as_async(&self) -> Option<Self> {
        let mut body = self.body.clone().into_iter();
        let asynchrony = match body.next()? {
            TokenTree::Ident(word) if word == "async" => Token![async](word.span()),
            _ => return None,
        };
        match (body.next(), body.next(), body.next()) {
            (Some(TokenTree::Ident(word)), Some(TokenTree::Group(block)), None)
                if word == "move" && block.delimiter() == Delimiter::Brace =>
            {
                Some(Self {
                    asynchrony: Some(asynchrony),
                    bar: self.bar,
                    parameters: self.parameters.clone(),
                    output: None,
                    body: TokenTree::Group(block).into(),
                    takes_nothing: self.takes_nothing,
                    binding: None,
                    is_plain: false,
                })
            }
            _ => None,
        }
    }

    fn from_tokens(tokens: TokenStream) -> Option<Callee> {
        Self::parse.parse2(tokens).ok().map(Callee::Closure)
    }

    /// Parses the key's `= |name| expression`, if the expression is simple.
    pub(crate) fn assigned_simple(input: ParseStream<'_>) -> Option<Self> {
        let ahead = after_assign(input)?;
        let bar: Token![|] = ahead.parse().ok()?;
        let name: Ident = ahead.parse().ok()?;
        // Clippy warns of a `let _name` without effect, and `__value` is the expansion's own.
        if name.to_string().starts_with('_') {
            return None;
        }
        let end: Token![|] = ahead.parse().ok()?;
        let body = ahead.parse().ok().filter(is_simple)?;
        if !is_at_end(&ahead) {
            return None;
        }
        input.advance_to(&ahead);
        Some(Self {
            asynchrony: None,
            bar: bar.span,
            parameters: quote!(#bar #name #end),
            output: None,
            is_plain: is_plain(&body),
            body: body.into_token_stream(),
            takes_nothing: false,
            binding: Some(name),
        })
    }

    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let asynchrony: Option<Token![async]> = input.parse()?;
        // The closure is called where it stands, so a `move` would only move `self` away.
        input.parse::<Option<Token![move]>>()?;
        let bar = input.parse::<Token![|]>()?;
        let mut parameters = bar.into_token_stream();
        let bar = bar.span;
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
        let (binding, is_plain) = (None, false);
        Ok(Self { asynchrony, bar, parameters, output, body, takes_nothing, binding, is_plain })
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

/// Returns `true` if it is made of values and calls of functions, which take what they are called with.
fn is_plain(expression: &Expr) -> bool {
    match expression {
        Expr::Lit(_) | Expr::Path(_) => true,
        Expr::Call(call) => is_plain(&call.func) && call.args.iter().all(is_plain),
        Expr::Field(ExprField { base: inside, .. }) | Expr::Cast(ExprCast { expr: inside, .. }) => {
            is_plain(inside)
        }
        _ => false,
    }
}
