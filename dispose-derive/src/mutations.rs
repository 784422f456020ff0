//! Mistyped input: the items of the snapshots with tokens removed, doubled, exchanged or replaced.
//! The macro never panics, and returns errors or items that parse.

use std::str::FromStr as _;
use std::{fs, path::Path};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::input::Kind;

/// A small generator of numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap_or_default() % limit.max(1)
    }
}

const FOREIGN: &str = "release = |x| close(x) , ; # invalid [0, -1] unsafe(release = f) each always unsafe(always) \
    check on_error keep crate before clone = retain error = io::Error release_async = async |x| x '_ 'a \"text\" 5 :: < > -> move async self Self . .. ! & * {} () []";

fn mutate(tokens: TokenStream, numbers: &mut Numbers, foreign: &[TokenTree]) -> TokenStream {
    let mut trees: Vec<TokenTree> = tokens.into_iter().collect();
    if trees.is_empty() {
        return trees.into_iter().collect();
    }
    let at = numbers.below(trees.len());
    // Most of the time deeper, where the attributes are.
    if let (TokenTree::Group(group), true) = (&trees[at], numbers.below(5) > 0) {
        let inner = mutate(group.stream(), numbers, foreign);
        trees[at] = TokenTree::Group(Group::new(group.delimiter(), inner));
        return trees.into_iter().collect();
    }
    match numbers.below(6) {
        0 => drop(trees.remove(at)),
        1 => trees.insert(at, trees[at].clone()),
        2 => {
            let other = numbers.below(trees.len());
            trees.swap(at, other);
        }
        3 => trees.truncate(at),
        4 => {
            let inner = [trees[at].clone()].into_iter().collect();
            trees[at] = TokenTree::Group(Group::new(Delimiter::None, inner));
        }
        _ => trees.insert(at, foreign[numbers.below(foreign.len())].clone()),
    }
    trees.into_iter().collect()
}

/// A case that fuzzing found.
#[test]
fn a_trait_object_without_dyn_ends_where_it_ends() {
    let item = "struct Owner { #[unmanaged(release = f)] a: i32 +, #[unmanaged(release = f, always)] b: i32 + }";
    for kind in [Kind::Dispose, Kind::Close] {
        let output = crate::derive::derive(kind, item.parse().expect("tokens"));
        syn::parse2::<syn::File>(output).expect("items");
    }
}

/// With an unstable feature, rustc hands a derive such an item.
#[test]
fn a_field_may_have_a_default() {
    let item = "struct Owner { #[unmanaged(release = f)] a: Option<i32> = None, b: u8 = 1 + 2 }";
    let without = "struct Owner { #[unmanaged(release = f)] a: Option<i32>, b: u8 }";
    let expand = |item: &str| crate::derive::derive(Kind::Dispose, item.parse().expect("tokens"));
    assert_eq!(expand(item).to_string(), expand(without).to_string());
}

/// Its body by itself would see a parameter in the place of the expansion's own variable.
#[test]
fn a_closure_with_a_name_of_the_expansions_stays_one() {
    for name in ["__failures", "r#__failures"] {
        let attribute = format!("#[unmanaged(release = |{name}| f({name}), invalid = -1)]");
        let item = format!("struct Owner {{ {attribute} a: i32 }}").parse().expect("tokens");
        let output = crate::derive::derive(Kind::Dispose, item).to_string();
        assert!(output.contains(&format!("| {name} | f ({name})")), "{output}");
    }
}

#[test]
fn any_input_gets_errors_or_items_that_parse() {
    let foreign: Vec<_> = TokenStream::from_str(FOREIGN).expect("tokens").into_iter().collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/snapshots");
    let mut items: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|file| file.expect("a file").path())
        .filter(|path| path.to_string_lossy().ends_with(".in.rs"))
        .collect();
    items.sort();
    let mut numbers = Numbers(7);
    let mut accepted = 0;
    for path in items {
        let item = TokenStream::from_str(&fs::read_to_string(path).expect("text")).expect("tokens");
        for _ in 0..600 {
            let mut mutated = item.clone();
            for _ in 0..=numbers.below(3) {
                mutated = mutate(mutated, &mut numbers, &foreign);
            }
            for kind in [Kind::Dispose, Kind::AsyncDispose, Kind::Close, Kind::SafeHandle] {
                let output = crate::derive::derive(kind, mutated.clone());
                let text = output.to_string();
                accepted += usize::from(!text.contains("compile_error"));
                if let Err(error) = syn::parse2::<syn::File>(output) {
                    panic!("{error}\n-- from\n{mutated}\n-- came\n{text}");
                }
            }
        }
    }
    assert!(accepted > 500, "most mutations were no input at all: {accepted} were accepted");
}
