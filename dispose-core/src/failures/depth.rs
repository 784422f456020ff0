//! How far down a part is, which decides how it is released.

/// The distance below the value that is disposed of, as far as [`FAR_DOWN`](Self::FAR_DOWN).
// One byte, because each part that is being released has one on the stack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Depth(u8);

impl Depth {
    /// The value that is disposed of.
    pub(super) const TOP: Self = Self(0);

    /// From this level on any chain is released one by one: so many levels fit into any stack.
    const FAR_DOWN: u8 = 64;

    /// Returns the depth of a part that is so many levels below.
    #[inline]
    pub(super) fn below(self, levels: u8) -> Self {
        Self(Self::FAR_DOWN.min(self.0.saturating_add(levels)))
    }

    /// Returns `true` if any chain is to be released one by one.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(super) fn is_far_down(self) -> bool {
        self.0 >= Self::FAR_DOWN
    }
}
