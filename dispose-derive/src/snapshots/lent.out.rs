impl ::dispose_core::SafeHandle for Socket {
    type Raw = RawFd;
    #[inline]
    unsafe fn from_raw(__raw: RawFd) -> Self {
        Self { fd: __raw }
    }
    #[inline]
    fn as_raw(&self) -> ::core::result::Result<RawFd, ::dispose_core::Disposed> {
        ::dispose_core::__private::as_raw(self, &self.fd)
    }
    #[inline]
    fn into_raw(mut self) -> RawFd {
        let __raw = ::dispose_core::__private::raw::<Self>(&self.fd);
        let _ = <RawFd as ::dispose_core::__private::Sentinel>::take(&mut self.fd, [-1]);
        __raw
    }
    #[inline]
    fn is_invalid(&self) -> ::core::primitive::bool {
        self.fd == -1
    }
}
///A borrowed [`Socket`]: as large as the raw handle, and lent for as long as the lifetime says. It releases nothing.
#[allow(dead_code)]
#[repr(transparent)]
pub struct BorrowedSocket<'handle> {
    raw: RawFd,
    owner: ::core::marker::PhantomData<&'handle Socket>,
}
#[automatically_derived]
impl<'handle> ::core::clone::Clone for BorrowedSocket<'handle> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}
#[automatically_derived]
impl<'handle> ::core::marker::Copy for BorrowedSocket<'handle> {}
#[automatically_derived]
impl<'handle> ::core::fmt::Debug for BorrowedSocket<'handle>
where
    for<'__raw> &'__raw RawFd: ::core::fmt::Debug,
{
    fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        __f.debug_tuple("BorrowedSocket").field(&&self.raw).finish()
    }
}
#[allow(dead_code)]
impl<'handle> BorrowedSocket<'handle> {
    /// Returns the raw handle, for a call that needs it.
    #[inline]
    #[must_use]
    pub fn as_raw(self) -> RawFd {
        self.raw
    }
    /// Borrows a raw handle that a library lends, such as to a callback.
    ///
    /// # Safety
    ///
    /// `raw` is a live resource of the owner's kind, and nothing releases it as long as what is
    /// returned, or a copy of it, is used.
    #[inline]
    #[must_use]
    pub unsafe fn from_raw(raw: RawFd) -> Self {
        Self {
            raw,
            owner: ::core::marker::PhantomData,
        }
    }
}
#[allow(dead_code)]
impl Socket {
    /// Borrows the handle.
    ///
    /// # Errors
    ///
    /// Returns `Disposed`, which names the type, if nothing is held.
    #[inline]
    pub fn as_borrowed(
        &self,
    ) -> ::core::result::Result<BorrowedSocket<'_>, ::dispose_core::Disposed> {
        match ::dispose_core::SafeHandle::as_raw(self) {
            ::core::result::Result::Ok(__raw) => {
                ::core::result::Result::Ok(BorrowedSocket {
                    raw: __raw,
                    owner: ::core::marker::PhantomData,
                })
            }
            ::core::result::Result::Err(__disposed) => {
                ::core::result::Result::Err(__disposed)
            }
        }
    }
}
#[automatically_derived]
impl ::dispose_core::__private::os::fd::AsFd for Socket {
    /// # Panics
    ///
    /// Panics if nothing is held.
    #[inline]
    fn as_fd(&self) -> ::dispose_core::__private::os::fd::BorrowedFd<'_> {
        let __raw = <RawFd as ::dispose_core::__private::os::fd::Descriptor>::of_owner(
            self,
        );
        unsafe { ::dispose_core::__private::os::fd::BorrowedFd::borrow_raw(__raw) }
    }
}
#[automatically_derived]
impl ::dispose_core::__private::os::fd::AsRawFd for Socket {
    /// # Panics
    ///
    /// Panics if nothing is held.
    #[inline]
    fn as_raw_fd(&self) -> ::dispose_core::__private::os::fd::RawFd {
        <RawFd as ::dispose_core::__private::os::fd::Descriptor>::of_owner(self)
    }
}
#[automatically_derived]
impl ::dispose_core::__private::os::fd::IntoRawFd for Socket {
    #[inline]
    fn into_raw_fd(self) -> ::dispose_core::__private::os::fd::RawFd {
        <RawFd as ::dispose_core::__private::os::fd::Descriptor>::given_up(
            ::dispose_core::SafeHandle::into_raw(self),
        )
    }
}
#[automatically_derived]
impl ::dispose_core::__private::os::fd::FromRawFd for Socket {
    #[inline]
    unsafe fn from_raw_fd(__raw: ::dispose_core::__private::os::fd::RawFd) -> Self {
        let __raw = <RawFd as ::dispose_core::__private::os::fd::Descriptor>::of(__raw);
        Self { fd: __raw }
    }
}
#[automatically_derived]
impl<'handle> ::dispose_core::__private::os::fd::AsFd for BorrowedSocket<'handle> {
    /// # Panics
    ///
    /// Panics if nothing is held.
    #[inline]
    fn as_fd(&self) -> ::dispose_core::__private::os::fd::BorrowedFd<'_> {
        let __raw = <RawFd as ::dispose_core::__private::os::fd::Descriptor>::of_borrowed(
            self.raw,
            self,
        );
        unsafe { ::dispose_core::__private::os::fd::BorrowedFd::borrow_raw(__raw) }
    }
}
#[automatically_derived]
impl<'handle> ::dispose_core::__private::os::fd::AsRawFd for BorrowedSocket<'handle> {
    /// # Panics
    ///
    /// Panics if nothing is held.
    #[inline]
    fn as_raw_fd(&self) -> ::dispose_core::__private::os::fd::RawFd {
        <RawFd as ::dispose_core::__private::os::fd::Descriptor>::of_borrowed(
            self.raw,
            self,
        )
    }
}
