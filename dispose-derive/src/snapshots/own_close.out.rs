const _: () = {
    pub struct __Dropped(());
    unsafe impl ::dispose_core::__private::ByValue for Database {
        type Key = __Dropped;
        #[allow(unreachable_code, clippy::diverging_sub_expression)]
        #[inline]
        fn release_all(
            &mut self,
            __failures: &mut ::dispose_core::Failures,
            _: ::dispose_core::__private::Token<'_, Self>,
        ) {
            if ::dispose_core::__private::begin_step(__failures) {
                let __value = <u32 as ::dispose_core::__private::Always>::get(&self.id);
                use ::dispose_core::__private::MayFail as _;
                let _ = ::dispose_core::__private::keep(
                    __failures,
                    "id",
                    ::dispose_core::__private::Refusable::of(
                            match close(__value) {
                                __outcome => {
                                    {
                                        use ::dispose_core::__private::{
                                            AnOutcome as _, AnyConversion as _, NoOutcome as _,
                                            OwnConversion as _,
                                        };
                                        ::dispose_core::__private::OwnOutcome(&__outcome)
                                            .__fails_with(
                                                &::dispose_core::__private::Own::<io::Error>::NEW,
                                                (&::dispose_core::__private::Own::<io::Error>::NEW)
                                                    .__conversion(),
                                            );
                                    }
                                    __outcome
                                }
                            },
                        )
                        .outcome(),
                );
            }
        }
        #[inline]
        fn is_released(&self) -> ::core::primitive::bool {
            false
        }
        #[inline]
        fn may_stay(&self) -> ::core::primitive::bool {
            true
        }
        #[inline]
        fn drop_ordinary(
            &mut self,
            __fields: ::dispose_core::__private::Ordinary<'_, Self>,
        ) {}
    }
    #[automatically_derived]
    impl ::core::ops::Drop for Database {
        #[inline]
        fn drop(&mut self) {
            ::dispose_core::__private::drop_by_value(self, __Dropped(()))
        }
    }
};
#[automatically_derived]
impl ::dispose_core::Close for Database {
    #[inline]
    fn close(self) -> ::core::result::Result<(), ::dispose_core::DisposeError> {
        ::dispose_core::__private::close(self)
    }
}
#[automatically_derived]
impl ::dispose_core::TryClose for Database {
    #[inline]
    fn try_close(
        self,
    ) -> ::core::result::Result<(), ::dispose_core::TryCloseError<Self>> {
        ::dispose_core::__private::try_close(self)
    }
}
#[automatically_derived]
impl ::dispose_core::__private::ChooseEitherDeriveDisposeOrDeriveClose for Database {}
impl ::dispose_core::__private::HandlesMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand
for Database {}
impl ::dispose_core::__private::HandlesMustNotBeDefaultUnlessTheDefaultHoldsNothingThenDisposeDefault
for Database {}
impl Database {
    /// Releases what is held and consumes the value.
    ///
    /// # Errors
    ///
    /// Returns what failed. The value is gone then, too.
    #[allow(dead_code, clippy::same_name_method)]
    #[inline]
    pub fn close(self) -> ::core::result::Result<(), io::Error> {
        use ::dispose_core::__private::{AnyConversion as _, OwnConversion as _};
        ::dispose_core::Close::close(self)
            .map_err(|__error| ::dispose_core::__private::own_error::<
                io::Error,
            >(
                (&::dispose_core::__private::Own::<io::Error>::NEW).__conversion(),
                __error,
            ))
    }
    /// Releases what is held. The value comes back in the error if it is still alive.
    ///
    /// # Errors
    ///
    /// Returns what failed, and the value if it can be tried again.
    #[allow(dead_code, clippy::same_name_method)]
    #[inline]
    pub fn try_close(
        self,
    ) -> ::core::result::Result<(), (::core::option::Option<Self>, io::Error)> {
        use ::dispose_core::__private::{AnyConversion as _, OwnConversion as _};
        ::dispose_core::TryClose::try_close(self)
            .map_err(|__refused| {
                let (__value, __error) = __refused.into_parts();
                (
                    __value,
                    ::dispose_core::__private::own_error::<
                        io::Error,
                    >(
                        (&::dispose_core::__private::Own::<io::Error>::NEW)
                            .__conversion(),
                        __error,
                    ),
                )
            })
    }
}
