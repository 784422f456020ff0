impl ::dispose_core::Dispose for Client {
    #[inline]
    fn release_all(&mut self, __failures: &mut ::dispose_core::Failures) {
        ::dispose_core::__private::awaited_by::<Self>();
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
                <Session as ::dispose_core::__private::Part>::nest(
                    __field_4,
                    "session",
                    __failures,
                );
                if ::dispose_core::Failures::is_stopped(__failures) {
                    return;
                }
                if let ::core::option::Option::Some(__value @ _) = <*mut u8 as ::dispose_core::Slot>::take(
                    __field_3,
                ) {
                    __failures.record("memory", status::zero(free(__value)));
                }
                if ::dispose_core::__private::is_given_up(
                    __failures,
                    "streams",
                    <Vec<
                        i32,
                    > as ::dispose_core::__private::Elements<
                        _,
                        _,
                    >>::is_released(
                        __field_2,
                        ::dispose_core::__private::Invalid::of([0]),
                    ),
                ) {
                    let mut __cursor = ::core::default::Default::default();
                    while let ::core::option::Option::Some(_) = <Vec<
                        i32,
                    > as ::dispose_core::__private::Elements<
                        _,
                        _,
                    >>::pop(
                        __field_2,
                        &mut __cursor,
                        ::dispose_core::__private::Invalid::of([0]),
                    ) {}
                }
                if ::dispose_core::Failures::is_stopped(__failures) {
                    return;
                }
                if ::dispose_core::__private::is_given_up(
                    __failures,
                    "socket",
                    *__field_1 == -1,
                ) {
                    ::dispose_core::__private::give_up(
                        <i32 as ::dispose_core::__private::Sentinel>::take(
                            __field_1,
                            [-1],
                        ),
                    );
                }
                if ::dispose_core::Failures::is_stopped(__failures) {
                    return;
                }
                if ::dispose_core::__private::is_given_up(
                    __failures,
                    "fd",
                    <Option<i32> as ::dispose_core::Slot>::is_empty(__field_0),
                ) {
                    ::dispose_core::__private::give_up(
                        <Option<i32> as ::dispose_core::Slot>::take(__field_0),
                    );
                }
            }
            _ => {}
        }
    }
    #[inline]
    fn is_disposed(&self) -> ::core::primitive::bool {
        match self {
            Self::Open {
                fd: __field_0,
                socket: __field_1,
                streams: __field_2,
                memory: __field_3,
                session: __field_4,
                log: __field_5,
                ..
            } => {
                <Option<i32> as ::dispose_core::Slot>::is_empty(__field_0)
                    && *__field_1 == -1
                    && <Vec<
                        i32,
                    > as ::dispose_core::__private::Elements<
                        _,
                        _,
                    >>::is_released(
                        __field_2,
                        ::dispose_core::__private::Invalid::of([0]),
                    ) && (*__field_3).is_null()
                    && <Session as ::dispose_core::__private::Part>::is_disposed(
                        __field_4,
                    ) && <Log as ::dispose_core::__private::Part>::is_disposed(__field_5)
            }
            _ => true,
        }
    }
}
#[automatically_derived]
impl ::core::ops::Drop for Client {
    #[inline]
    fn drop(&mut self) {
        ::dispose_core::__private::drop(self);
    }
}
impl ::dispose_core::__private::OwnersMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand
for Client {}
impl ::dispose_core::__private::OwnersMustNotBeDefaultUnlessTheDefaultHoldsNothingThenDisposeDefault
for Client {}
