//! An item for the macros, made of the fuzzer's bytes: of valid pieces in random places, so that most
//! mistakes are the ones that people make.

use std::fmt::Write as _;

/// The fuzzer's bytes as a source of choices; when they are used up, the first choice is taken.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn below(&mut self, limit: usize) -> usize {
        match self.0 {
            [byte, rest @ ..] => {
                self.0 = rest;
                usize::from(*byte) % limit
            }
            [] => 0,
        }
    }

    fn of<'b>(&mut self, choices: &[&'b str]) -> &'b str {
        choices[self.below(choices.len())]
    }

    /// True in one of `n` cases.
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }
}

/// The text of an item.
#[must_use]
pub fn from_bytes(bytes: &[u8]) -> String {
    let mut choices = Choices(bytes);
    let choices = &mut choices;
    let mut item = String::new();
    for _ in 0..choices.below(4) {
        type_attribute(choices, &mut item);
    }
    item.push_str(choices.of(&["", "pub ", "pub(crate) "]));
    let shape = choices.of(&["struct ", "enum ", "struct ", "enum ", "union "]);
    item.push_str(shape);
    item.push_str(choices.of(&["Owner", "r#type", "T", "Self_"]));
    item.push_str(choices.of(GENERICS));
    let clause = choices.of(&["", " where T: Copy, [u8; N]: Sized", " where T: Dispose"]);
    if shape == "enum " {
        item.push_str(clause);
        item.push_str(" { ");
        for n in 0..choices.below(4) {
            if choices.one_in(16) {
                field_attribute(choices, &mut item);
            }
            let _ = write!(item, "V{n} ");
            fields(choices, &mut item);
            item.push_str(choices.of(&["", "", "", " = 3"]));
            item.push_str(", ");
        }
        item.push('}');
    } else {
        match choices.below(3) {
            0 => {
                item.push_str(clause);
                named(choices, &mut item);
            }
            1 => {
                tuple(choices, &mut item);
                item.push_str(clause);
                item.push(';');
            }
            _ => item.push(';'),
        }
    }
    item
}

fn fields(choices: &mut Choices<'_>, item: &mut String) {
    match choices.below(3) {
        0 => named(choices, item),
        1 => tuple(choices, item),
        _ => {}
    }
}

fn named(choices: &mut Choices<'_>, item: &mut String) {
    item.push_str(" { ");
    for n in 0..choices.below(6) {
        attributes(choices, item);
        item.push_str(choices.of(VISIBILITIES));
        let name = choices.of(&["fd", "r#fn", "len", "value", "__value", "_0"]);
        let _ = write!(item, "{name}{n}: {}, ", choices.of(TYPES));
    }
    item.push('}');
}

fn tuple(choices: &mut Choices<'_>, item: &mut String) {
    item.push_str(" ( ");
    for _ in 0..choices.below(5) {
        attributes(choices, item);
        item.push_str(choices.of(VISIBILITIES));
        let _ = write!(item, "{}, ", choices.of(TYPES));
    }
    item.push(')');
}

fn attributes(choices: &mut Choices<'_>, item: &mut String) {
    for _ in 0..=choices.below(2) {
        field_attribute(choices, item);
    }
}

fn field_attribute(choices: &mut Choices<'_>, item: &mut String) {
    match choices.below(8) {
        0 => item.push_str(choices.of(&[
            "#[dispose] ",
            "#[dispose(skip)] ",
            "#[dispose(async)] ",
            "#[dispose()] ",
            "#[dispose(skip, async)] ",
            "#[cfg(all())] ",
            "/// Docs.\n",
            "#[unmanaged] ",
            "#[unmanaged()] ",
            "#[dispose = 3] ",
        ])),
        1 => {}
        2 => type_attribute(choices, item),
        _ => {
            item.push_str("#[unmanaged(");
            for n in 0..=choices.below(5) {
                if n > 0 {
                    item.push_str(choices.of(&[", ", ", ", ", ", ", ", " ", ",, ", "; "]));
                }
                key(choices, item);
            }
            item.push_str(choices.of(&["", "", ","]));
            item.push_str(")] ");
        }
    }
}

fn key(choices: &mut Choices<'_>, item: &mut String) {
    match choices.below(12) {
        0..4 => {
            let open = choices.of(&["", "", "unsafe(", "unsafe "]);
            item.push_str(open);
            item.push_str(choices.of(&[
                "release",
                "release_async",
                "relaese",
                "r#release",
                "clone",
                "drop",
            ]));
            item.push_str(choices.of(EQUALS));
            item.push_str(choices.of(CALLEES));
            if open.ends_with('(') {
                item.push_str(choices.of(&[")", ")", ", check = f)", ",)"]));
            }
        }
        4 => value(choices, item, "invalid", VALUES),
        5 => value(choices, item, "check", CALLEES),
        6 => value(choices, item, "on_error", &["keep", "consume", "retry", "-1", "|x| x"]),
        7 => item.push_str(choices.of(&["each", "each = 1", "each(x)", "eech"])),
        8 => item.push_str(choices.of(&["always", "always = true", "unsafe(always)"])),
        9 => item.push_str(choices.of(&["skip", "async", "crate", "before = f", "explicit"])),
        10 => item.push_str(choices.of(VALUES)),
        _ => item
            .push_str(choices.of(&["", "5", "\"text\"", "'a", "#", "..", "=> x", "(", "[", "}"])),
    }
}

fn value(choices: &mut Choices<'_>, item: &mut String, key: &str, values: &[&str]) {
    item.push_str(key);
    item.push_str(choices.of(EQUALS));
    item.push_str(choices.of(values));
}

fn type_attribute(choices: &mut Choices<'_>, item: &mut String) {
    item.push_str(choices.of(&[
        "#[dispose(explicit)] ",
        "#[dispose(clone)] ",
        "#[dispose(on_drop = ignore)] ",
        "#[dispose(crate = my::runtime)] ",
        "#[dispose(crate = \"my::runtime\")] ",
        "#[dispose(crate)] ",
        "#[repr(C)] ",
        "#[repr(packed)] ",
        "#[repr(C, packed(2))] ",
        "#[repr(transparent)] ",
        "#[allow(dead_code)] ",
        "#[expect(unused, reason = \"x\")] ",
        "#[dispose(before = Self::flush, explicit)] ",
        "#[dispose(before = |this| this.flush())] ",
        "#[dispose(before = async |this| this.flush().await)] ",
        "#[dispose(explicit, explicit)] ",
        "#[dispose(on_drop = panic)] ",
        "#[unmanaged(release = f)] ",
        "#[dispose] ",
        "#[dispose(unsafe(before = f))] ",
        "#[dispose(error = io::Error)] ",
        "#[dispose(error = Box<dyn Fn(T) -> U + Send>, forget)] ",
        "#[dispose(error)] ",
    ]));
}

const EQUALS: &[&str] = &[" = ", " = ", " = ", " ", " == ", ": "];

const VISIBILITIES: &[&str] = &["", "", "pub ", "pub(crate) ", "pub(in a::b) "];

const GENERICS: &[&str] = &[
    "",
    "<T>",
    "<'a, T: 'a + ?Sized, const N: usize>",
    "<T: Dispose = u8>",
    "<'a>",
    "<const N: usize = 3>",
    "<>",
];

const TYPES: &[&str] = &[
    "i32",
    "Option<i32>",
    "*mut u8",
    "*const T",
    "NonNull<T>",
    "Option<NonNull<u8>>",
    "Vec<(i32, u8)>",
    "T",
    "&'a T",
    "[u8; N]",
    "(T, Part)",
    "fn(T) -> !",
    "Part",
    "std::string::String",
    "<T as Iterator>::Item",
    "dyn Dispose",
    "(Part)",
    "RawFd",
    "Box<dyn Fn(&str) -> Result<(), E> + 'a>",
    "Self",
    "_",
    "m!(x)",
    "{ nonsense }",
];

const CALLEES: &[&str] = &[
    "close",
    "\"sys::close\"",
    "Self::close",
    "sys::close::<T, 3>",
    "<i32 as Release>::release",
    "|x| close(x)",
    "|x| x",
    "|mut p: *mut T| unsafe { free(&mut p) }",
    "move |x| self.pool.give_back(x, self.len)",
    "|x| -> Result<(), E> { Ok(()) }",
    "|x| if x > 1 && x < 2 || true { a } else { b }",
    "|(a, b)| match a { 1 => |x| x, _ => b }",
    "async |x| close(x, len0).await",
    "async move |x| { self.x = x; }",
    "|x| async move { leave(x, *_1).await }",
    "|x| format!(\"{len0} {x}\")",
    "|| close()",
    "||",
    "|x|",
    "|x",
    "|x| ->",
    "\"not a path!\"",
    "\"\"",
    "5",
    "-1",
    "close()",
    "a.b",
    "async",
    "async {}",
    "unsafe { f }",
    "|x| { let y = x; ; y }",
    "|x| { 1 +  }",
    "|_| &&|_| ()",
    "|x| a < b, c > (d)",
    "r\"raw::path\"",
    "r#fn",
    "|self| self",
];

const VALUES: &[&str] = &[
    "-1",
    "[0, -1]",
    "[[0; N]]",
    "[]",
    "INVALID",
    "sys::INVALID::<T>()",
    "(0, 0)",
    "true",
    "Handle { raw: 0 }",
    "|x| x",
    "1 + 2 * 3",
    "[0, -1,]",
    "{ 3 }",
    "*const u8 as usize",
    "a < b",
    "if x { 1 } else { 2 }",
    "&[1, 2][..]",
    "'x'",
    "b\"bytes\"",
    "..",
    "-",
];
