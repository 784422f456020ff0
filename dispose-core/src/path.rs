//! The place in a value at which a release failed: `db`, `session.socket`, `pool[3].fd`.

use core::fmt;

/// One step of a path.
#[derive(Clone, Copy)]
pub enum Segment<'a> {
    Name(&'a str),
    Index(usize),
    /// An element of a collection in a named field.
    Element(&'a str, usize),
}

impl fmt::Display for Segment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Element(name, index) => write!(f, "{name}[{index}]"),
        }
    }
}

/// A step of a path in as few machine words as it needs, because each derived type has code that passes one.
pub trait At: Copy {
    fn segment(&self) -> Segment<'_>;
}

impl At for Segment<'_> {
    fn segment(&self) -> Segment<'_> {
        *self
    }
}

/// An element of a collection in the field of that name.
impl At for (&str, usize) {
    fn segment(&self) -> Segment<'_> {
        Segment::Element(self.0, self.1)
    }
}

/// The name of a field.
impl At for &str {
    fn segment(&self) -> Segment<'_> {
        Segment::Name(self)
    }
}

/// `rest` below `outer`.
struct Joined<'a>(Segment<'a>, &'a str);

impl fmt::Display for Joined<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(outer, rest) = self;
        let dot = if rest.is_empty() || rest.starts_with('[') { "" } else { "." };
        write!(f, "{outer}{dot}{rest}")
    }
}

#[derive(Clone)]
pub(crate) struct Path(text::Text);

impl Path {
    pub(crate) fn new(segment: Segment<'_>) -> Self {
        Self(text::format(segment))
    }

    /// Returns the path as seen from the owner of the part it is in.
    pub(crate) fn below(&self, outer: Segment<'_>) -> Self {
        Self(text::format(Joined(outer, self.as_str())))
    }

    pub(crate) fn as_str(&self) -> &str {
        text::as_str(&self.0)
    }
}

#[cfg(feature = "alloc")]
mod text {
    use alloc::string::{String, ToString};
    use core::fmt::Display;

    pub(super) type Text = String;

    pub(super) fn format(path: impl Display) -> Text {
        path.to_string()
    }

    pub(super) fn as_str(text: &Text) -> &str {
        text
    }
}

/// Without an allocator a path keeps its first 63 bytes.
#[cfg(not(feature = "alloc"))]
mod text {
    use core::fmt::{self, Display, Write};

    #[derive(Clone)]
    pub(super) struct Text {
        bytes: [u8; 63],
        len: u8,
    }

    impl Write for Text {
        fn write_str(&mut self, piece: &str) -> fmt::Result {
            for c in piece.chars() {
                let start = usize::from(self.len);
                let Some(room) = self.bytes.get_mut(start..start + c.len_utf8()) else {
                    return Err(fmt::Error);
                };
                c.encode_utf8(room);
                self.len += u8::try_from(c.len_utf8()).unwrap_or(0);
            }
            Ok(())
        }
    }

    pub(super) fn format(path: impl Display) -> Text {
        let mut text = Text { bytes: [0; 63], len: 0 };
        // Too long is cut off, at a character's end.
        let _ = write!(text, "{path}");
        text
    }

    pub(super) fn as_str(text: &Text) -> &str {
        core::str::from_utf8(&text.bytes[..usize::from(text.len)]).unwrap_or_default()
    }
}
