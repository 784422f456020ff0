::dispose_core::__private::offer! {
    unmanaged, __name_is_missing
}
impl ::dispose_core::Dispose for Everything {
    #[inline]
    fn release_all(&mut self, __failures: &mut ::dispose_core::Failures) {
        ::dispose_core::__private::begin_pass::<Self>(__failures);
        if let ::core::option::Option::Some(__value @ _) = <*mut u8 as ::dispose_core::Slot>::take(
            &mut self.braced,
        ) {
            #[allow(clippy::diverging_sub_expression)]
            __failures
                .record(
                    "braced",
                    ::dispose_core::__private::call(
                        __value,
                        ::dispose_core::__private::expression!(
                            | p | unsafe { sys::free(p) }
                        ),
                    ),
                );
        }
        <Session as ::dispose_core::__private::Part>::nest(
            &mut self.session,
            "session",
            __failures,
        );
        if ::dispose_core::Failures::is_stopped(__failures) {
            return;
        }
        if ::dispose_core::__private::begin_each(
            __failures,
            <Vec<
                i32,
            > as ::dispose_core::__private::Elements<
                _,
                _,
            >>::places(&self.kept_pool, ::dispose_core::__private::Invalid::of([-1])),
        ) {
            let mut __cursor = ::core::default::Default::default();
            while let ::core::option::Option::Some((__index @ _, __value @ _)) = <Vec<
                i32,
            > as ::dispose_core::__private::Elements<
                _,
                _,
            >>::next(
                &mut self.kept_pool,
                &mut __cursor,
                ::dispose_core::__private::Invalid::of([-1]),
                ::dispose_core::__private::Walk::of(__failures),
            ) {
                use ::dispose_core::__private::MayFail as _;
                let __copy = ::dispose_core::__private::Keep::keep(&__value);
                if ::dispose_core::__private::keep(
                    __failures,
                    ("kept_pool", __index),
                    ::dispose_core::__private::Refusable::of(close(__copy)).outcome(),
                ) {
                    <Vec<
                        i32,
                    > as ::dispose_core::__private::Elements<
                        _,
                        _,
                    >>::put_back(
                        &mut self.kept_pool,
                        &mut __cursor,
                        ::dispose_core::__private::Invalid::of([-1]),
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
                    &self.kept_pool,
                    ::dispose_core::__private::Invalid::of([-1]),
                ),
            );
        }
        if ::dispose_core::Failures::is_stopped(__failures) {
            return;
        }
        let mut __cursor = ::core::default::Default::default();
        while let ::core::option::Option::Some((__index @ _, __value @ _)) = <VecDeque<
            i32,
        > as ::dispose_core::__private::Elements<
            _,
            _,
        >>::pop(
            &mut self.fds,
            &mut __cursor,
            ::dispose_core::__private::Invalid::of([-1]),
        ) {
            #[allow(unreachable_code, clippy::diverging_sub_expression)]
            ::dispose_core::__private::record_at(
                __failures,
                ("fds", __index),
                close(__value),
            );
        }
        let mut __cursor = ::core::default::Default::default();
        while let ::core::option::Option::Some((__index @ _, __value @ _)) = <[Option<
            i32,
        >; 2] as ::dispose_core::__private::Elements<
            _,
            _,
        >>::pop(&mut self.slots, &mut __cursor, ::dispose_core::__private::Plain) {
            #[allow(unreachable_code, clippy::diverging_sub_expression)]
            ::dispose_core::__private::record_at(
                __failures,
                ("slots", __index),
                close(__value),
            );
        }
        let mut __cursor = ::core::default::Default::default();
        while let ::core::option::Option::Some((__index @ _, __value @ _)) = <Vec<
            i32,
        > as ::dispose_core::__private::Elements<
            _,
            _,
        >>::pop(
            &mut self.pool,
            &mut __cursor,
            ::dispose_core::__private::empty_of!(Vec < i32 >),
        ) {
            #[allow(unreachable_code, clippy::diverging_sub_expression)]
            ::dispose_core::__private::record_at(
                __failures,
                ("pool", __index),
                close(__value),
            );
        }
        if ::dispose_core::__private::begin_step(__failures) {
            if let ::core::option::Option::Some(__value @ _) = <Option<
                Handle,
            > as ::dispose_core::Slot>::take(&mut self.kept) {
                use ::dispose_core::__private::MayFail as _;
                let __copy = ::dispose_core::__private::Keep::keep(&__value);
                if ::dispose_core::__private::keep(
                    __failures,
                    "kept",
                    ::dispose_core::__private::Refusable::of(close(__copy)).outcome(),
                ) {
                    <Option<
                        Handle,
                    > as ::dispose_core::Slot>::put(&mut self.kept, __value);
                }
            }
        }
        if ::dispose_core::Failures::is_stopped(__failures) {
            return;
        }
        if ::dispose_core::__private::begin_step(__failures) {
            let __taken = <Handle as ::dispose_core::__private::Sentinel>::take(
                &mut self.handle,
                [0, INVALID],
            );
            if let ::core::option::Option::Some(__value @ _) = __taken {
                let __copy = ::dispose_core::__private::Keep::keep(&__value);
                if ::dispose_core::__private::keep(
                    __failures,
                    "handle",
                    ::dispose_core::__private::call(
                        close(__copy),
                        ::dispose_core::__private::expression!(| code | self.check(code)),
                    ),
                ) {
                    self.handle = __value;
                }
            }
        }
        if ::dispose_core::Failures::is_stopped(__failures) {
            return;
        }
        if self.fd != -1 {
            let __value = self.fd;
            self.fd = -1;
            #[allow(clippy::diverging_sub_expression)]
            __failures
                .record(
                    "fd",
                    ::dispose_core::__private::call(
                        __value,
                        ::dispose_core::__private::expression!(
                            | fd | -> io::Result < () > { sys::close(fd) }
                        ),
                    ),
                );
        }
        if let ::core::option::Option::Some(__value @ _) = <*mut c_void as ::dispose_core::Slot>::take(
            &mut self.map,
        ) {
            __failures
                .record(
                    "map",
                    status::errno(
                        match __value {
                            p => unsafe { munmap(p, self.len) }
                        },
                    ),
                );
        }
        if let ::core::option::Option::Some(__value @ _) = <*mut u8 as ::dispose_core::Slot>::take(
            &mut self.pointer,
        ) {
            #[allow(unreachable_code, clippy::diverging_sub_expression)]
            unsafe {
                __failures.record("pointer", sys::free::<u8>(__value));
            }
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            i32,
        > as ::dispose_core::Slot>::take(&mut self.plain) {
            #[allow(unreachable_code, clippy::diverging_sub_expression)]
            __failures.record("plain", close(__value));
        }
    }
    #[inline]
    fn is_disposed(&self) -> ::core::primitive::bool {
        <Option<i32> as ::dispose_core::Slot>::is_empty(&self.plain)
            && self.pointer.is_null() && self.map.is_null() && self.fd == -1
            && <Handle as ::dispose_core::__private::Sentinel>::is_empty(
                &self.handle,
                [0, INVALID],
            ) && <Option<Handle> as ::dispose_core::Slot>::is_empty(&self.kept)
            && <Vec<
                i32,
            > as ::dispose_core::__private::Elements<
                _,
                _,
            >>::is_released(
                &self.pool,
                ::dispose_core::__private::empty_of!(Vec < i32 >),
            )
            && <[Option<
                i32,
            >; 2] as ::dispose_core::__private::Elements<
                _,
                _,
            >>::is_released(&self.slots, ::dispose_core::__private::Plain)
            && <VecDeque<
                i32,
            > as ::dispose_core::__private::Elements<
                _,
                _,
            >>::is_released(&self.fds, ::dispose_core::__private::Invalid::of([-1]))
            && <Vec<
                i32,
            > as ::dispose_core::__private::Elements<
                _,
                _,
            >>::is_released(
                &self.kept_pool,
                ::dispose_core::__private::Invalid::of([-1]),
            ) && <Session as ::dispose_core::__private::Part>::is_disposed(&self.session)
            && self.braced.is_null()
    }
}
#[automatically_derived]
impl ::core::ops::Drop for Everything {
    #[inline]
    fn drop(&mut self) {
        ::dispose_core::__private::drop(self);
    }
}
impl ::dispose_core::__private::OwnersMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand
for Everything {}
impl ::dispose_core::__private::OwnersMustNotBeDefaultUnlessTheDefaultHoldsNothingThenDisposeDefault
for Everything {}
