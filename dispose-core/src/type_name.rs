//! The bare identifier in what `core::any::type_name` returns. Only errors and reports need it.

/// An argument that only this crate can name. It keeps others from calling or overriding a hidden method
/// of a public trait.
pub struct Internal;

/// Returns the path of `T`, with its arguments.
pub(crate) fn path<T: ?Sized>() -> &'static str {
    core::any::type_name::<T>()
}

/// Returns the identifier in `path`, without modules and arguments.
pub(crate) fn bare(path: &'static str) -> &'static str {
    // The arguments go first, for they have paths of their own.
    let head = match path.strip_suffix('>') {
        Some(inner) => &inner[..arguments_start(inner)],
        None => path,
    };
    // `[a::T; 3]`, `(A, b::B)`, `&a::T` are not paths.
    if !head.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '<') {
        return path;
    }
    head.rsplit("::").next().unwrap_or(head)
}

/// Returns the position of the `<` whose `>` was cut off after `inner`.
fn arguments_start(inner: &str) -> usize {
    let bytes = inner.as_bytes();
    let mut depth = 1_usize;
    for (at, byte) in bytes.iter().enumerate().rev() {
        // `'<'` as a constant argument, and the arrow of a function pointer.
        let quoted = at > 0 && bytes[at - 1] == b'\'' && bytes.get(at + 1) == Some(&b'\'');
        let arrow = at > 0 && bytes[at - 1] == b'-';
        match byte {
            b'<' | b'>' if quoted => {}
            b'>' if arrow => {}
            b'>' => depth += 1,
            b'<' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    inner.len()
}

#[cfg(test)]
mod tests {
    struct Plain;
    struct Generic<T, F>(T, F);
    struct Letter<const C: char>;
    #[allow(non_camel_case_types)]
    struct r#raw;

    fn bare_name<T: ?Sized>() -> &'static str {
        super::bare(super::path::<T>())
    }

    #[test]
    fn the_bare_name_is_the_identifier() {
        struct Local;
        assert_eq!(bare_name::<Plain>(), "Plain");
        assert_eq!(bare_name::<Local>(), "Local");
        assert_eq!(bare_name::<r#raw>(), "raw");
        assert_eq!(bare_name::<Generic<Plain, fn(Plain) -> Local>>(), "Generic");
        assert_eq!(bare_name::<Generic<Generic<u8, u8>, &str>>(), "Generic");
        assert!(bare_name::<[Plain; 2]>().starts_with('['));
        assert!(bare_name::<(Plain, Plain)>().starts_with('('));
    }

    #[test]
    fn a_bracket_that_is_a_character_is_no_bracket() {
        assert_eq!(bare_name::<Letter<'<'>>(), "Letter");
        assert_eq!(bare_name::<Letter<'>'>>(), "Letter");
        assert_eq!(bare_name::<Generic<Letter<'<'>, Letter<'\''>>>(), "Generic");
    }

    trait Names {
        fn name() -> &'static str;
    }
    impl Names for Generic<Plain, u8> {
        fn name() -> &'static str {
            struct Inside;
            bare_name::<Inside>()
        }
    }

    #[test]
    fn a_type_inside_an_impl_is_named_too() {
        assert_eq!(Generic::<Plain, u8>::name(), "Inside");
    }
}
