//! How far down a part is, which decides how it is released and dropped.

/// The distance below the value that is disposed of, as far as [`FAR_DOWN`](Self::FAR_DOWN); and whether the
/// parts go [deep](Self::is_deep).
// One byte, because each part that is being released has one on the stack: the highest bit is `DEEP`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Depth(u8);

impl Depth {
    /// The value that is disposed of.
    pub(super) const TOP: Self = Self(0);

    /// From this level on any chain is released one by one: so many levels fit into any stack.
    const FAR_DOWN: u8 = 64;

    /// From this level on the `Drop` of each part would go through too much again.
    const FIRST_DEEP: u8 = 8;

    const DEEP: u8 = 0x80;

    /// Returns the depth of a part that is so many levels below.
    #[inline]
    pub(super) fn below(self, levels: u8) -> Self {
        let level = Self::FAR_DOWN.min(self.level().saturating_add(levels));
        Self(if level >= Self::FIRST_DEEP { level | Self::DEEP } else { level })
    }

    #[inline]
    fn level(self) -> u8 {
        self.0 & !Self::DEEP
    }

    /// Returns `true` if any chain is to be released one by one.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(super) fn is_far_down(self) -> bool {
        self.level() >= Self::FAR_DOWN
    }

    /// Returns `true` if the `Drop` of each part would go through so much again that it adds up.
    #[inline]
    pub(super) fn is_deep(self) -> bool {
        self.0 & Self::DEEP != 0
    }

    /// Says that the parts go deep.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(super) fn mark_deep(&mut self) {
        self.0 |= Self::DEEP;
    }

    /// Says that the parts go deep if those of a part do.
    #[inline]
    pub(super) fn note_deep(&mut self, part: Self) {
        self.0 |= part.0 & Self::DEEP;
    }
}
