impl ::dispose_core::Dispose for Refused {
    #[allow(unreachable_code, clippy::diverging_sub_expression)]
    #[inline]
    fn release_all(&mut self, __failures: &mut ::dispose_core::Failures) {
        ::dispose_core::__private::begin_pass::<Self>(__failures);
        if ::dispose_core::__private::begin_each(
            __failures,
            <Vec<
                Handle,
            > as ::dispose_core::__private::Elements<
                _,
                _,
            >>::places(&self.pool, ::dispose_core::__private::empty_of!(Vec < Handle >)),
        ) {
            let mut __cursor = ::core::default::Default::default();
            while let ::core::option::Option::Some((__index @ _, __value @ _)) = <Vec<
                Handle,
            > as ::dispose_core::__private::Elements<
                _,
                _,
            >>::next(
                &mut self.pool,
                &mut __cursor,
                ::dispose_core::__private::empty_of!(Vec < Handle >),
                ::dispose_core::__private::Walk::of(__failures),
            ) {
                use ::dispose_core::__private::MayFail as _;
                let __copy = ::dispose_core::__private::Keep::keep(&__value);
                if ::dispose_core::Failures::is_drop(__failures)
                    || ::dispose_core::__private::is_refused(
                        __failures,
                        ("pool", __index),
                        ::dispose_core::__private::Refusable::of(close(__copy)).outcome(),
                    )
                {
                    if ::dispose_core::__private::stop(__failures) {
                        <Vec<
                            Handle,
                        > as ::dispose_core::__private::Elements<
                            _,
                            _,
                        >>::put_back(
                            &mut self.pool,
                            &mut __cursor,
                            ::dispose_core::__private::empty_of!(Vec < Handle >),
                            ::dispose_core::__private::Walk::of(__failures),
                            (__index, __value),
                        );
                    } else {
                        ::dispose_core::__private::record_at(
                            __failures,
                            ("pool", __index),
                            ::dispose_core::__private::dropped(abort(__value)),
                        );
                    }
                }
            }
            ::dispose_core::__private::end_each(
                __failures,
                <Vec<
                    Handle,
                > as ::dispose_core::__private::Elements<
                    _,
                    _,
                >>::is_released(
                    &self.pool,
                    ::dispose_core::__private::empty_of!(Vec < Handle >),
                ),
            );
        }
        if ::dispose_core::Failures::is_stopped(__failures) {
            return;
        }
        if ::dispose_core::__private::begin_step(__failures) {
            if let ::core::option::Option::Some(__value @ _) = <Option<
                Handle,
            > as ::dispose_core::Slot>::take(&mut self.handle) {
                use ::dispose_core::__private::MayFail as _;
                let __copy = ::dispose_core::__private::Keep::keep(&__value);
                if ::dispose_core::Failures::is_drop(__failures)
                    || ::dispose_core::__private::is_refused_if(
                        __failures,
                        "handle",
                        ::dispose_core::__private::Refusable::of(close(__copy))
                            .outcome(),
                        ::dispose_core::__private::expression!(
                            | error | self.alive(error)
                        ),
                    )
                {
                    if ::dispose_core::__private::stop(__failures) {
                        <Option<
                            Handle,
                        > as ::dispose_core::Slot>::put(&mut self.handle, __value);
                    } else {
                        __failures
                            .record(
                                "handle",
                                ::dispose_core::__private::dropped(abort(__value)),
                            );
                    }
                }
            }
        }
        if ::dispose_core::Failures::is_stopped(__failures) {
            return;
        }
        if self.file != -1 {
            let __value = self.file;
            self.file = -1;
            use ::dispose_core::__private::CheckedFallback as _;
            let __returned = ::dispose_core::__private::Returned::new();
            if !::dispose_core::Failures::is_drop(__failures) {
                __failures
                    .record(
                        "file",
                        status::zero(__returned.of(unsafe { nc_close(__value) })),
                    );
            } else {
                __failures
                    .record(
                        "file",
                        __returned
                            .fallback(
                                match __value {
                                    file => unsafe { nc_abort(file) }
                                },
                            )
                            .checked(status::zero),
                    );
            }
        }
        if ::dispose_core::__private::begin_step(__failures) {
            if let ::core::option::Option::Some(__value @ _) = <*mut c_void as ::dispose_core::Slot>::take(
                &mut self.context,
            ) {
                let __copy = ::dispose_core::__private::Keep::keep(&__value);
                if ::dispose_core::__private::keep_if(
                    __failures,
                    "context",
                    status::errno(unsafe { ctx_term(__copy) }),
                    is_interrupted,
                ) {
                    <*mut c_void as ::dispose_core::Slot>::put(
                        &mut self.context,
                        __value,
                    );
                }
            }
        }
    }
    #[inline]
    fn is_disposed(&self) -> ::core::primitive::bool {
        self.context.is_null() && self.file == -1
            && <Option<Handle> as ::dispose_core::Slot>::is_empty(&self.handle)
            && <Vec<
                Handle,
            > as ::dispose_core::__private::Elements<
                _,
                _,
            >>::is_released(
                &self.pool,
                ::dispose_core::__private::empty_of!(Vec < Handle >),
            )
    }
}
#[automatically_derived]
impl ::core::ops::Drop for Refused {
    #[inline]
    fn drop(&mut self) {
        ::dispose_core::__private::drop_to(
            self,
            false,
            ::dispose_core::__private::expression!(| report | log::warn!("{report}")),
        );
    }
}
impl ::dispose_core::__private::OwnersMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand
for Refused {}
impl ::dispose_core::__private::OwnersMustNotBeDefaultUnlessTheDefaultHoldsNothingThenDisposeDefault
for Refused {}
const _: () = {
    pub struct __Forgotten(());
    #[automatically_derived]
    #[doc(hidden)]
    unsafe impl ::dispose_core::__private::Forget for Refused {
        type Key = __Forgotten;
        #[inline]
        fn drop_untracked(
            &mut self,
            __fields: ::dispose_core::__private::Ordinary<'_, Self>,
        ) {
            let _ = (__fields.guard(&mut self.name),);
        }
    }
    impl Refused {
        /// Drops the fields that are not tracked, and touches no tracked one.
        #[allow(dead_code)]
        #[inline]
        fn forget(self) {
            ::dispose_core::__private::forget(self, __Forgotten(()));
        }
    }
};
