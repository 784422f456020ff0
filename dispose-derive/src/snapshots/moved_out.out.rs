const _: () = {
    pub struct __Dropped(());
    impl ::core::ops::Drop for __Dropped {
        fn drop(&mut self) {}
    }
    unsafe impl ::dispose_core::__private::ByValue for Session {
        type Key = __Dropped;
        #[allow(unreachable_code, clippy::diverging_sub_expression)]
        #[inline]
        fn release_all(
            &mut self,
            __failures: &mut ::dispose_core::Failures,
            __token: ::dispose_core::__private::Token<'_, Self>,
        ) {
            if ::dispose_core::__private::begin_step(__failures) && !__token.is_out(0)
                && !::dispose_core::__private::ByValue::is_released(self)
            {
                __failures.record("before", Self::flush(self));
            }
            if !__token.is_out(0) {
                let mut __cursor = ::core::default::Default::default();
                while let ::core::option::Option::Some((__index @ _, __value @ _)) = <Vec<
                    Timer,
                > as ::dispose_core::__private::Elements<
                    _,
                    _,
                >>::pop(
                    &mut self.timers,
                    &mut __cursor,
                    ::dispose_core::__private::empty_of!(Vec < Timer >),
                ) {
                    ::dispose_core::__private::record_at(
                        __failures,
                        ("timers", __index),
                        match __value {
                            timer => self.socket.cancel(timer),
                        },
                    );
                }
            }
            if !__token.is_out(0) {
                if let ::core::option::Option::Some(__value @ _) = <Option<
                    Stream,
                > as ::dispose_core::Slot>::take(&mut self.stream) {
                    __failures
                        .record(
                            "stream",
                            match __value {
                                stream => self.socket.finish(stream),
                            },
                        );
                }
            }
            let mut __held_0 = __token.hold(&mut self.socket);
            if let ::core::option::Option::Some(__value @ _) = unsafe {
                __token.take(0, &mut __held_0)
            } {
                __failures.record("socket", Close::close(__value));
            }
            if let ::core::option::Option::Some(__value @ _) = <Option<
                RawFd,
            > as ::dispose_core::Slot>::take(&mut self.log) {
                __failures.record("log", close_log(__value));
            }
        }
        #[inline]
        fn is_released(&self) -> ::core::primitive::bool {
            false
        }
        #[inline]
        fn drop_ordinary(
            &mut self,
            __fields: ::dispose_core::__private::Ordinary<'_, Self>,
        ) {
            let _ = (
                __fields.guard(&mut self.log),
                __fields.guard(&mut self.stream),
                __fields.guard(&mut self.timers),
            );
        }
    }
    #[automatically_derived]
    impl ::core::ops::Drop for Session {
        #[inline]
        fn drop(&mut self) {
            ::dispose_core::__private::ByValue::drop_held(
                self,
                __Dropped(()),
                false,
                ::dispose_core::__private::report,
            )
        }
    }
};
#[automatically_derived]
impl ::dispose_core::Close for Session {
    #[inline]
    fn close(self) -> ::core::result::Result<(), ::dispose_core::DisposeError> {
        ::dispose_core::__private::close(self)
    }
}
#[automatically_derived]
impl ::dispose_core::__private::ChooseEitherDeriveDisposeOrDeriveClose for Session {}
impl ::dispose_core::__private::HandlesMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand
for Session {}
impl ::dispose_core::__private::HandlesMustNotBeDefaultUnlessTheDefaultHoldsNothingThenDisposeDefault
for Session {}
