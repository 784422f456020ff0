//! The place in a value at which a release failed: `db`, `session.socket`, `pool[3].fd`.

/// One step of a path.
#[derive(Clone, Copy)]
pub enum Segment<'a> {
    Name(&'a str),
    Index(usize),
    /// An element of a collection in a named field.
    Element(&'a str, usize),
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

/// A path, as its readers see it.
#[derive(Clone)]
pub(crate) struct Path(text::Text);

impl Path {
    pub(crate) fn as_str(&self) -> &str {
        text::as_str(&self.0)
    }
}

#[cfg(feature = "alloc")]
pub(crate) use self::text::Growing;

#[cfg(feature = "alloc")]
mod text {
    use alloc::string::String;
    use core::fmt::{self, Write as _};

    use super::{Path, Segment};

    pub(super) type Text = String;

    pub(super) fn as_str(text: &Text) -> &str {
        text
    }

    /// A path that is being made. Each owner of what failed adds its segment in front.
    // So the last character comes first: a long chain of owners would copy the rest each time.
    pub(crate) struct Growing(String);

    impl fmt::Debug for Growing {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            fmt::Debug::fmt(&self.0.chars().rev().collect::<String>(), f)
        }
    }

    impl Growing {
        pub(crate) fn new(segment: Segment<'_>) -> Self {
            let mut path = Self(String::new());
            path.add(segment);
            path
        }

        /// Makes it the path as seen from the owner of the part it is in.
        pub(crate) fn move_below(&mut self, outer: Segment<'_>) {
            if !self.0.is_empty() && !self.0.ends_with('[') {
                self.0.push('.');
            }
            self.add(outer);
        }

        fn add(&mut self, segment: Segment<'_>) {
            let (name, index) = match segment {
                Segment::Name(name) => (name, None),
                Segment::Index(index) => ("", Some(index)),
                Segment::Element(name, index) => (name, Some(index)),
            };
            if let Some(index) = index {
                let mut text = String::new();
                // A `String` takes all.
                let _ = write!(text, "[{index}]");
                self.0.extend(text.chars().rev());
            }
            self.0.extend(name.chars().rev());
        }

        pub(crate) fn finish(self) -> Path {
            Path(self.0.chars().rev().collect())
        }
    }

    impl From<Path> for Growing {
        fn from(path: Path) -> Self {
            Self(path.0.chars().rev().collect())
        }
    }
}

/// Without an allocator a path keeps its first 63 bytes.
#[cfg(not(feature = "alloc"))]
mod text {
    use core::fmt::{self, Display, Write};

    use super::{Path, Segment};

    impl Path {
        pub(crate) fn new(segment: Segment<'_>) -> Self {
            Self(format(segment))
        }

        /// Returns the path as seen from the owner of the part it is in.
        pub(crate) fn below(&self, outer: Segment<'_>) -> Self {
            Self(format(Joined(outer, self.as_str())))
        }
    }

    /// The second below the first.
    struct Joined<'a>(Segment<'a>, &'a str);

    impl Display for Joined<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let Self(outer, rest) = self;
            let dot = if rest.is_empty() || rest.starts_with('[') { "" } else { "." };
            write!(f, "{outer}{dot}{rest}")
        }
    }

    impl Display for Segment<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Self::Name(name) => f.write_str(name),
                Self::Index(index) => write!(f, "[{index}]"),
                Self::Element(name, index) => write!(f, "{name}[{index}]"),
            }
        }
    }

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

    fn format(path: impl Display) -> Text {
        let mut text = Text { bytes: [0; 63], len: 0 };
        // Too long is cut off, at a character's end.
        let _ = write!(text, "{path}");
        text
    }

    pub(super) fn as_str(text: &Text) -> &str {
        core::str::from_utf8(&text.bytes[..usize::from(text.len)]).unwrap_or_default()
    }
}
