impl ::dispose_core::Dispose for Closures {
    #[inline]
    fn release_all(&mut self, __failures: &mut ::dispose_core::Failures) {
        ::dispose_core::__private::begin_pass::<Self>(__failures);
        if self.number_and_method != -1 {
            let __value = self.number_and_method;
            self.number_and_method = -1;
            #[allow(unreachable_code, clippy::diverging_sub_expression)]
            __failures
                .record(
                    "number_and_method",
                    match __value {
                        fd => close(fd.abs()),
                    },
                );
        }
        if self.number_and_path_of_its_name != -1 {
            let __value = self.number_and_path_of_its_name;
            self.number_and_path_of_its_name = -1;
            __failures
                .record(
                    "number_and_path_of_its_name",
                    fd(
                        match __value {
                            fd => close(fd),
                        },
                    ),
                );
        }
        if self.number != -1 {
            let fd = self.number;
            self.number = -1;
            #[allow(unreachable_code, clippy::diverging_sub_expression)]
            __failures.record("number", close(fd));
        }
        let mut __cursor = ::core::default::Default::default();
        while let ::core::option::Option::Some((__index @ _, __value @ _)) = <Vec<
            i32,
        > as ::dispose_core::__private::Elements<
            _,
            _,
        >>::pop(
            &mut self.each,
            &mut __cursor,
            ::dispose_core::__private::empty_of!(Vec < i32 >),
        ) {
            #[allow(unreachable_code, clippy::diverging_sub_expression)]
            ::dispose_core::__private::record_at(
                __failures,
                ("each", __index),
                match __value {
                    fd => close(fd),
                },
            );
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            i32,
        > as ::dispose_core::Slot>::take(&mut self.check) {
            __failures
                .record(
                    "check",
                    ::dispose_core::__private::call(
                        match __value {
                            fd => close(fd),
                        },
                        ::dispose_core::__private::expression!(| status | other(status)),
                    ),
                );
        }
        if ::dispose_core::__private::begin_each(
            __failures,
            <Vec<
                i32,
            > as ::dispose_core::__private::Elements<
                _,
                _,
            >>::places(
                &self.invalid_of_its_name,
                ::dispose_core::__private::Invalid::of([none()]),
            ),
        ) {
            let mut __cursor = ::core::default::Default::default();
            while let ::core::option::Option::Some((__index @ _, __value @ _)) = {
                let __taken = <Vec<
                    i32,
                > as ::dispose_core::__private::Elements<
                    _,
                    _,
                >>::next(
                    &mut self.invalid_of_its_name,
                    &mut __cursor,
                    ::dispose_core::__private::Invalid::of([none()]),
                    ::dispose_core::__private::Walk::of(__failures),
                );
                __taken
            } {
                use ::dispose_core::__private::MayFail as _;
                let __copy = ::dispose_core::__private::Keep::keep(&__value);
                if ::dispose_core::__private::keep(
                    __failures,
                    ("invalid_of_its_name", __index),
                    ::dispose_core::__private::Refusable::of(
                            match __copy {
                                none => close(none),
                            },
                        )
                        .outcome(),
                ) {
                    <Vec<
                        i32,
                    > as ::dispose_core::__private::Elements<
                        _,
                        _,
                    >>::put_back(
                        &mut self.invalid_of_its_name,
                        &mut __cursor,
                        ::dispose_core::__private::Invalid::of([none()]),
                        ::dispose_core::__private::Walk::of(__failures),
                        (__index, __value),
                    );
                }
            }
            ::dispose_core::__private::end_each(
                __failures,
                <Vec<
                    i32,
                > as ::dispose_core::__private::Elements<
                    _,
                    _,
                >>::is_released(
                    &self.invalid_of_its_name,
                    ::dispose_core::__private::Invalid::of([none()]),
                ),
            );
        }
        if ::dispose_core::Failures::is_stopped(__failures) {
            return;
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            i32,
        > as ::dispose_core::Slot>::take(&mut self.check_of_its_name) {
            __failures
                .record(
                    "check_of_its_name",
                    ::dispose_core::__private::call(
                        match __value {
                            fd => close(fd),
                        },
                        ::dispose_core::__private::expression!(| status | fd(status)),
                    ),
                );
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            i32,
        > as ::dispose_core::Slot>::take(&mut self.path_of_its_name) {
            __failures
                .record(
                    "path_of_its_name",
                    fd(
                        match __value {
                            fd => close(fd),
                        },
                    ),
                );
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            i32,
        > as ::dispose_core::Slot>::take(&mut self.array) {
            #[allow(clippy::diverging_sub_expression)]
            __failures
                .record(
                    "array",
                    ::dispose_core::__private::call(
                        __value,
                        ::dispose_core::__private::expression!(| fd | close([fd])),
                    ),
                );
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            i32,
        > as ::dispose_core::Slot>::take(&mut self.returns) {
            #[allow(clippy::diverging_sub_expression)]
            __failures
                .record(
                    "returns",
                    ::dispose_core::__private::call(
                        __value,
                        ::dispose_core::__private::expression!(| fd | return),
                    ),
                );
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            i32,
        > as ::dispose_core::Slot>::take(&mut self.macros) {
            #[allow(clippy::diverging_sub_expression)]
            __failures
                .record(
                    "macros",
                    ::dispose_core::__private::call(
                        __value,
                        ::dispose_core::__private::expression!(| fd | close(close!(fd))),
                    ),
                );
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            io::Result<i32>,
        > as ::dispose_core::Slot>::take(&mut self.asks) {
            #[allow(clippy::diverging_sub_expression)]
            __failures
                .record(
                    "asks",
                    ::dispose_core::__private::call(
                        __value,
                        ::dispose_core::__private::expression!(| fd | close(fd ?)),
                    ),
                );
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            i32,
        > as ::dispose_core::Slot>::take(&mut self.nested) {
            #[allow(clippy::diverging_sub_expression)]
            __failures
                .record(
                    "nested",
                    ::dispose_core::__private::call(
                        __value,
                        ::dispose_core::__private::expression!(
                            | fd | close(fd).or_else(| _ | close(1))
                        ),
                    ),
                );
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            i32,
        > as ::dispose_core::Slot>::take(&mut self.unnamed) {
            #[allow(clippy::diverging_sub_expression)]
            __failures
                .record(
                    "unnamed",
                    ::dispose_core::__private::call(
                        __value,
                        ::dispose_core::__private::expression!(| _ | close_last()),
                    ),
                );
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            i32,
        > as ::dispose_core::Slot>::take(&mut self.output) {
            #[allow(clippy::diverging_sub_expression)]
            __failures
                .record(
                    "output",
                    ::dispose_core::__private::call(
                        __value,
                        ::dispose_core::__private::expression!(
                            | fd | -> io::Result < () > { close(fd) }
                        ),
                    ),
                );
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            i32,
        > as ::dispose_core::Slot>::take(&mut self.typed) {
            #[allow(clippy::diverging_sub_expression)]
            __failures
                .record(
                    "typed",
                    ::dispose_core::__private::call(
                        __value,
                        ::dispose_core::__private::expression!(| fd : i32 | close(fd)),
                    ),
                );
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            i32,
        > as ::dispose_core::Slot>::take(&mut self.block) {
            __failures
                .record(
                    "block",
                    status::zero(
                        ::dispose_core::__private::call(
                            __value,
                            ::dispose_core::__private::expression!(
                                | fd | unsafe { sys::close(fd) }
                            ),
                        ),
                    ),
                );
        }
        if let ::core::option::Option::Some(__value @ _) = <i32 as ::dispose_core::__private::Sentinel>::take(
            &mut self.unsafely,
            [0, -1],
        ) {
            __failures
                .record(
                    "unsafely",
                    status::zero(
                        match __value {
                            fd => unsafe { sys::close(fd) }
                        },
                    ),
                );
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            Socket,
        > as ::dispose_core::Slot>::take(&mut self.operators) {
            #[allow(unreachable_code, clippy::diverging_sub_expression)]
            __failures
                .record(
                    "operators",
                    match __value {
                        fd => fd.shut(&self.how, !0 << 2 as i32, (-1)),
                    },
                );
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            i32,
        > as ::dispose_core::Slot>::take(&mut self.called) {
            #[allow(unreachable_code, clippy::diverging_sub_expression)]
            __failures
                .record(
                    "called",
                    match __value {
                        fd => close(fd),
                    },
                );
        }
    }
    #[inline]
    fn is_disposed(&self) -> ::core::primitive::bool {
        <Option<i32> as ::dispose_core::Slot>::is_empty(&self.called)
            && <Option<Socket> as ::dispose_core::Slot>::is_empty(&self.operators)
            && <i32 as ::dispose_core::__private::Sentinel>::is_empty(
                &self.unsafely,
                [0, -1],
            ) && <Option<i32> as ::dispose_core::Slot>::is_empty(&self.block)
            && <Option<i32> as ::dispose_core::Slot>::is_empty(&self.typed)
            && <Option<i32> as ::dispose_core::Slot>::is_empty(&self.output)
            && <Option<i32> as ::dispose_core::Slot>::is_empty(&self.unnamed)
            && <Option<i32> as ::dispose_core::Slot>::is_empty(&self.nested)
            && <Option<io::Result<i32>> as ::dispose_core::Slot>::is_empty(&self.asks)
            && <Option<i32> as ::dispose_core::Slot>::is_empty(&self.macros)
            && <Option<i32> as ::dispose_core::Slot>::is_empty(&self.returns)
            && <Option<i32> as ::dispose_core::Slot>::is_empty(&self.array)
            && <Option<i32> as ::dispose_core::Slot>::is_empty(&self.path_of_its_name)
            && <Option<i32> as ::dispose_core::Slot>::is_empty(&self.check_of_its_name)
            && <Vec<
                i32,
            > as ::dispose_core::__private::Elements<
                _,
                _,
            >>::is_released(
                &self.invalid_of_its_name,
                ::dispose_core::__private::Invalid::of([none()]),
            ) && <Option<i32> as ::dispose_core::Slot>::is_empty(&self.check)
            && <Vec<
                i32,
            > as ::dispose_core::__private::Elements<
                _,
                _,
            >>::is_released(
                &self.each,
                ::dispose_core::__private::empty_of!(Vec < i32 >),
            ) && self.number == -1 && self.number_and_path_of_its_name == -1
            && self.number_and_method == -1
    }
}
#[automatically_derived]
impl ::core::ops::Drop for Closures {
    #[inline]
    fn drop(&mut self) {
        ::dispose_core::__private::drop(self);
    }
}
impl ::dispose_core::__private::OwnersMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand
for Closures {}
impl ::dispose_core::__private::OwnersMustNotBeDefaultUnlessTheDefaultHoldsNothingThenDisposeDefault
for Closures {}
