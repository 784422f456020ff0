const _: () = {
    pub struct __Dropped(());
    unsafe impl ::dispose_core::__private::ByValue for Context {
        type Key = __Dropped;
        #[inline]
        fn release_all(
            &mut self,
            __failures: &mut ::dispose_core::Failures,
            _: ::dispose_core::__private::Token<'_, Self>,
        ) {
            if ::dispose_core::__private::begin_step(__failures) {
                let __value = <NonNull<
                    c_void,
                > as ::dispose_core::__private::Always>::get(&self.context);
                use ::dispose_core::__private::CheckedFallback as _;
                let __returned = ::dispose_core::__private::Returned::new();
                if ::dispose_core::Failures::is_drop(__failures)
                    || ::dispose_core::__private::is_refused(
                        __failures,
                        "context",
                        status::errno(__returned.of(unsafe { ctx_term(__value) })),
                    )
                {
                    if !::dispose_core::__private::stop(__failures) {
                        __failures
                            .record(
                                "context",
                                __returned
                                    .fallback(unsafe { ctx_kill(__value) })
                                    .checked(status::errno),
                            );
                    }
                }
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
        ) {
            let _ = (__fields.guard(&mut self.name),);
        }
    }
    #[automatically_derived]
    impl ::core::ops::Drop for Context {
        #[inline]
        fn drop(&mut self) {
            ::dispose_core::__private::drop_by_value(self, __Dropped(()))
        }
    }
};
#[automatically_derived]
impl ::dispose_core::Close for Context {
    #[inline]
    fn close(self) -> ::core::result::Result<(), ::dispose_core::DisposeError> {
        ::dispose_core::__private::close(self)
    }
}
#[automatically_derived]
impl ::dispose_core::TryClose for Context {
    #[inline]
    fn try_close(
        self,
    ) -> ::core::result::Result<(), ::dispose_core::TryCloseError<Self>> {
        ::dispose_core::__private::try_close(self)
    }
}
#[automatically_derived]
impl ::dispose_core::__private::ChooseEitherDeriveDisposeOrDeriveClose for Context {}
impl ::dispose_core::__private::HandlesMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand
for Context {}
impl ::dispose_core::__private::HandlesMustNotBeDefaultUnlessTheDefaultHoldsNothingThenDisposeDefault
for Context {}
const _: () = {
    pub struct __Forgotten(());
    #[automatically_derived]
    #[doc(hidden)]
    unsafe impl ::dispose_core::__private::Forget for Context {
        type Key = __Forgotten;
        #[inline]
        fn drop_untracked(
            &mut self,
            __fields: ::dispose_core::__private::Ordinary<'_, Self>,
        ) {
            let _ = (__fields.guard(&mut self.name),);
        }
    }
    impl Context {
        /// Drops the fields that are not tracked, and touches no tracked one.
        #[allow(dead_code)]
        #[inline]
        fn forget(self) {
            ::dispose_core::__private::forget(self, __Forgotten(()));
        }
    }
};
