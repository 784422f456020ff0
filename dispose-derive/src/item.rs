//! The item as it stands in the source. Its attributes are read in place: a stream of their tokens would cost
//! several round trips to the compiler.

use proc_macro2::{Delimiter, Ident, Span, TokenStream};
use quote::{ToTokens, format_ident};
use syn::buffer::Cursor;
use syn::parse::discouraged::{AnyDelimiter as _, Speculative as _};
use syn::parse::{Parse as _, ParseBuffer, ParseStream, Parser as _};
use syn::token::{Brace, Paren};
use syn::{
    Expr, Generics, Result, Token, Type, TypePath, Variant, Visibility, braced, bracketed,
    parenthesized,
};

use crate::names::{Hygiene, unify_sibling};
use crate::unfinished::{finished, scan};
use crate::value::between;

pub(crate) struct Item<'a> {
    pub(crate) attrs: Attrs<'a>,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) data: Data<'a>,
    /// The `self` token with the hygiene that the attributes use.
    pub(crate) owner: Token![self],
    /// Set if an attribute names `self`.
    pub(crate) names_owner: bool,
}

pub(crate) enum Data<'a> {
    Struct(Vec<ItemField<'a>>),
    Enum(Vec<ItemVariant<'a>>),
    Union(Token![union]),
}

pub(crate) struct ItemVariant<'a> {
    pub(crate) attrs: Attrs<'a>,
    pub(crate) ident: Ident,
    pub(crate) fields: Vec<ItemField<'a>>,
}

pub(crate) struct ItemField<'a> {
    pub(crate) attrs: Attrs<'a>,
    pub(crate) vis: Visibility,
    pub(crate) ident: Option<Ident>,
    pub(crate) ty: Type,
}

impl<'a> Item<'a> {
    pub(crate) fn parse(input: &ParseBuffer<'a>) -> Result<Self> {
        let mut hygiene = Hygiene::default();
        let attrs = Attrs::parse(input, &mut hygiene)?;
        let vis = input.parse()?;
        let is_struct = input.parse::<Option<Token![struct]>>()?.is_some();
        let union: Option<Token![union]> = if is_struct { None } else { input.parse()? };
        if !is_struct && union.is_none() {
            input.parse::<Token![enum]>()?;
        }
        let ident = input.parse()?;
        let mut generics: Generics = input.parse()?;
        generics.where_clause = input.parse()?;
        let data = if let Some(union) = union {
            input.parse::<TokenStream>()?;
            Data::Union(union)
        } else if is_struct {
            let fields = ItemField::parse_all(input, &mut hygiene)?;
            if generics.where_clause.is_none() {
                generics.where_clause = input.parse()?;
            }
            input.parse::<Option<Token![;]>>()?;
            Data::Struct(fields)
        } else {
            let content;
            braced!(content in input);
            Data::Enum(separated(&content, |content| ItemVariant::parse(content, &mut hygiene))?)
        };
        let (owner, names_owner) = (hygiene.receiver(), hygiene.has_begun());
        Ok(Self { attrs, vis, ident, generics, data, owner, names_owner })
    }
}

impl<'a> ItemVariant<'a> {
    fn parse(input: &ParseBuffer<'a>, hygiene: &mut Hygiene) -> Result<Self> {
        let attrs = Attrs::parse(input, hygiene)?;
        input.parse::<Visibility>()?;
        let start = input.fork();
        let ident = input.parse()?;
        let mut fields = ItemField::parse_all(input, hygiene)?;
        if input.peek(Token![=]) {
            // `syn` finds the end of the discriminant.
            start.parse::<Variant>()?;
            input.advance_to(&start);
        }
        unify_siblings(&mut fields);
        Ok(Self { attrs, ident, fields })
    }
}

impl<'a> ItemField<'a> {
    /// Parses the fields in braces or parentheses, if there are any.
    fn parse_all(input: &ParseBuffer<'a>, hygiene: &mut Hygiene) -> Result<Vec<Self>> {
        let is_named = input.peek(Brace);
        let content;
        if is_named {
            braced!(content in input);
        } else if input.peek(Paren) {
            parenthesized!(content in input);
        } else {
            return Ok(Vec::new());
        }
        separated(&content, |content| Self::parse(content, is_named, hygiene))
    }

    fn parse(input: &ParseBuffer<'a>, is_named: bool, hygiene: &mut Hygiene) -> Result<Self> {
        let attrs = Attrs::parse(input, hygiene)?;
        let vis = input.parse()?;
        let ident = if is_named { Some(input.parse()?) } else { None };
        if is_named {
            input.parse::<Token![:]>()?;
        }
        let ty = parse_type(input)?;
        // A default, which rustc allows with an unstable feature.
        if is_named && input.parse::<Option<Token![=]>>()?.is_some() {
            input.parse::<Expr>()?;
        }
        Ok(Self { attrs, vis, ident, ty })
    }

    /// Returns the name under which the closures of a variant's other fields find a field.
    pub(crate) fn sibling_name(&self, index: usize) -> String {
        self.ident.clone().unwrap_or_else(|| format_ident!("_{index}")).to_string()
    }
}

/// Parses a type. A single word is parsed here, because `syn` asks first what else it could be.
fn parse_type(input: ParseStream<'_>) -> Result<Type> {
    let is_all = |rest: Cursor<'_>| {
        rest.eof() || rest.punct().is_some_and(|(comma, _)| comma.as_char() == ',')
    };
    let is_word = input.cursor().ident().is_some_and(|(_, rest)| is_all(rest));
    if is_word && input.peek(syn::Ident) {
        return Ok(Type::Path(TypePath {
            attrs: Vec::new(),
            qself: None,
            path: input.parse::<Ident>()?.into(),
        }));
    }
    input.parse()
}

/// Parses items that commas separate, to the end.
fn separated<'a, T>(
    input: &ParseBuffer<'a>,
    mut item: impl FnMut(&ParseBuffer<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut items = Vec::new();
    while !input.is_empty() {
        items.push(item(input)?);
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(items)
}

/// Gives a sibling one name, where a macro and its caller both name it.
fn unify_siblings(fields: &mut [ItemField<'_>]) {
    let mut names = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        names.push(field.sibling_name(index));
    }
    for (index, field) in fields.iter_mut().enumerate() {
        for attr in &mut field.attrs.ours {
            for (other, name) in names.iter().enumerate() {
                if other != index {
                    attr.edit(|tokens| unify_sibling(tokens, name));
                }
            }
        }
    }
}

/// The attributes of the type, of a variant or of a field.
pub(crate) struct Attrs<'a> {
    /// `#[unmanaged]` and `#[dispose]`.
    pub(crate) ours: Vec<Attr<'a>>,
    /// `#[allow]`, `#[expect]` and `#[repr]`.
    pub(crate) known: Vec<Attr<'a>>,
}

impl<'a> Attrs<'a> {
    fn parse(input: &ParseBuffer<'a>, hygiene: &mut Hygiene) -> Result<Self> {
        let mut attrs = Self { ours: Vec::new(), known: Vec::new() };
        while input.peek(Token![#]) {
            let Some(mut attr) = Attr::parse(input)? else { continue };
            if attr.is("unmanaged") || attr.is("dispose") {
                attr.prepare(hygiene);
                attrs.ours.push(attr);
            } else {
                attrs.known.push(attr);
            }
        }
        Ok(attrs)
    }
}

/// An attribute whose path is one word.
pub(crate) struct Attr<'a> {
    pub(crate) name: &'static str,
    /// The stream in front of its `#`.
    start: ParseBuffer<'a>,
    /// The stream behind its name.
    behind: ParseBuffer<'a>,
    /// The tokens that take the place of those in its parentheses.
    edited: Option<TokenStream>,
}

/// What follows the name of an attribute.
pub(crate) enum Form {
    Nothing,
    /// Keys in parentheses.
    List,
    /// Parentheses, which end here.
    EmptyList(Span),
    /// `= value`
    Value,
}

impl<'a> Attr<'a> {
    const NAMES: [&'static str; 5] = ["unmanaged", "dispose", "allow", "expect", "repr"];

    /// Parses an attribute, which is `None` if it does not matter.
    fn parse(input: &ParseBuffer<'a>) -> Result<Option<Self>> {
        let start = input.fork();
        let word = input.step(|cursor| {
            let group = cursor.punct().and_then(|(_, rest)| rest.group(Delimiter::Bracket));
            let Some((inside, _, rest)) = group else {
                return Err(cursor.error("expected an attribute"));
            };
            Ok((inside.ident().map(|(word, _)| word.to_string()), rest))
        })?;
        let known = word.and_then(|word| Self::NAMES.iter().find(|name| **name == word));
        let Some(&name) = known else { return Ok(None) };
        // What is left in a fork is not missed.
        let ahead = start.fork();
        ahead.parse::<Token![#]>()?;
        let behind;
        bracketed!(behind in ahead);
        behind.parse::<Ident>()?;
        let is_path = behind.peek(Token![::]);
        Ok((!is_path).then_some(Self { name, start, behind, edited: None }))
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    pub(crate) fn form(&self) -> Form {
        match self.behind.cursor().any_group() {
            Some((inside, _, span, _)) if inside.eof() => Form::EmptyList(span.close()),
            Some(_) => Form::List,
            None if self.behind.is_empty() => Form::Nothing,
            None => Form::Value,
        }
    }

    /// Parses what is in the parentheses.
    pub(crate) fn parse_list<T>(
        &self,
        parse: impl FnOnce(ParseStream<'_>) -> Result<T>,
    ) -> Result<T> {
        match &self.edited {
            Some(tokens) => parse.parse2(tokens.clone()),
            None => parse(&self.behind.fork().parse_any_delimiter()?.2),
        }
    }

    /// Returns the tokens in the parentheses.
    pub(crate) fn list(&self) -> Option<TokenStream> {
        self.parse_list(TokenStream::parse).ok()
    }

    fn edit(&mut self, edit: impl FnOnce(&TokenStream) -> Option<TokenStream>) {
        if let Some(edited) = self.list().and_then(|tokens| edit(&tokens)) {
            self.edited = Some(edited);
        }
    }

    /// Completes what is still being typed, and gives each `self` the hygiene of the first one.
    fn prepare(&mut self, hygiene: &mut Hygiene) {
        let Some((inside, ..)) = self.behind.cursor().any_group() else { return };
        let found = scan(inside);
        if found.unfinished {
            self.edit(|tokens| Some(finished(tokens)));
        }
        match (found.owner, found.more) {
            (None, false) => {}
            (Some(word), false) if hygiene.begins_at(word) => {}
            _ => self.edit(|tokens| hygiene.unify_self(tokens)),
        }
    }
}

/// Writes all of it, for a message.
impl ToTokens for Attr<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let end = self.start.fork();
        if end.parse::<Token![#]>().and_then(|_| end.parse::<proc_macro2::Group>()).is_ok() {
            between(&self.start, &end).to_tokens(tokens);
        }
    }
}
