impl ::dispose_core::AsyncDispose for Client {
    #[allow(clippy::future_not_send)]
    async fn release_all_async(&mut self, __failures: &mut ::dispose_core::Failures) {
        ::dispose_core::__private::begin_pass::<Self>(__failures);
        if ::dispose_core::__private::begin_step(__failures)
            && !::dispose_core::Dispose::is_disposed(self)
        {
            __failures.record("before", Self::flush(self));
        }
        match self {
            Self::Open {
                fd: __field_0,
                socket: __field_1,
                streams: __field_2,
                memory: __field_3,
                session: __field_4,
                log: __field_5,
                len: __field_6,
                ..
            } => {
                <Log as ::dispose_core::__private::Part>::nest(
                    __field_5,
                    "log",
                    __failures,
                );
                if ::dispose_core::Failures::is_stopped(__failures) {
                    return;
                }
                <Session as ::dispose_core::__private::AsyncPart>::nest_async(
                        __field_4,
                        "session",
                        __failures,
                    )
                    .await;
                if ::dispose_core::Failures::is_stopped(__failures) {
                    return;
                }
                if let ::core::option::Option::Some(__value @ _) = <*mut u8 as ::dispose_core::Slot>::take(
                    __field_3,
                ) {
                    __failures.record("memory", status::zero(free(__value)));
                }
                let mut __cursor = ::core::default::Default::default();
                while let ::core::option::Option::Some((__index @ _, __value @ _)) = <Vec<
                    i32,
                > as ::dispose_core::__private::Elements<
                    _,
                    _,
                >>::pop(
                    __field_2,
                    &mut __cursor,
                    ::dispose_core::__private::Invalid::of([0]),
                ) {
                    #[allow(unreachable_code, clippy::diverging_sub_expression)]
                    ::dispose_core::__private::record_at(
                        __failures,
                        ("streams", __index),
                        goodbye(__value).await,
                    );
                }
                if *__field_1 != -1 {
                    let __value = *__field_1;
                    *__field_1 = -1;
                    __failures
                        .record(
                            "socket",
                            status::zero((unsafe { sys::shut(__value) }).await),
                        );
                }
                if ::dispose_core::__private::begin_step(__failures) {
                    if let ::core::option::Option::Some(__value @ _) = <Option<
                        i32,
                    > as ::dispose_core::Slot>::take(__field_0) {
                        #[allow(non_snake_case, unused_variables)]
                        let len = &mut *__field_6;
                        use ::dispose_core::__private::MayFail as _;
                        let __copy = ::dispose_core::__private::Keep::keep(&__value);
                        if ::dispose_core::__private::keep(
                            __failures,
                            "fd",
                            ::dispose_core::__private::Refusable::of(
                                    ::dispose_core::__private::call(
                                            __copy,
                                            ::dispose_core::__private::expression!(
                                                | fd | async move { close(fd, * len). await }
                                            ),
                                        )
                                        .await,
                                )
                                .outcome(),
                        ) {
                            <Option<
                                i32,
                            > as ::dispose_core::Slot>::put(__field_0, __value);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}
