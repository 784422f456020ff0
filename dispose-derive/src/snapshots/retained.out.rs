impl<T> ::dispose_core::Dispose for Context<T> {
    #[allow(unreachable_code, clippy::diverging_sub_expression)]
    #[inline]
    fn release_all(&mut self, __failures: &mut ::dispose_core::Failures) {
        if let ::core::option::Option::Some(__value @ _) = <*mut c_void as ::dispose_core::Slot>::take(
            &mut self.context,
        ) {
            unsafe {
                __failures.record("context", free(__value));
            }
        }
    }
    #[inline]
    fn is_disposed(&self) -> ::core::primitive::bool {
        self.context.is_null()
    }
}
#[automatically_derived]
impl<T> ::core::ops::Drop for Context<T> {
    #[inline]
    fn drop(&mut self) {
        ::dispose_core::__private::drop(self);
    }
}
impl<T> ::core::clone::Clone for Context<T>
where
    T: ::core::clone::Clone,
{
    #[inline]
    fn clone(&self) -> Self {
        let __field_1 = <String as ::dispose_core::__private::Clone>::clone(&self.name);
        let __field_2 = <Vec<
            T,
        > as ::dispose_core::__private::Clone>::clone(&self.values);
        let __field_3 = <PhantomData<
            T,
        > as ::dispose_core::__private::Clone>::clone(&self.kind);
        let __field_0 = {
            let mut __clone = <*mut c_void as ::dispose_core::__private::Clone>::clone(
                &self.context,
            );
            if let ::core::option::Option::Some(__taken @ _) = <*mut c_void as ::dispose_core::Slot>::take(
                &mut __clone,
            ) {
                let __value = <<*mut c_void as ::dispose_core::Slot>::Value as ::dispose_core::__private::Handle>::copy(
                    &__taken,
                );
                let __retained = ::dispose_core::__private::Retaining::<
                    '_,
                    Self,
                    _,
                >::of("context", __value)
                    .by(
                        ::dispose_core::__private::call(
                            __value,
                            ::dispose_core::__private::expression!(
                                | context | unsafe { status::one(up_ref(context)) }
                            ),
                        ),
                    );
                <*mut c_void as ::dispose_core::Slot>::put(&mut __clone, __retained);
                if <*mut c_void as ::dispose_core::Slot>::is_empty(&__clone) {
                    ::dispose_core::__private::not_retained::<Self>("context")
                }
            }
            __clone
        };
        Self {
            context: __field_0,
            name: __field_1,
            values: __field_2,
            kind: __field_3,
        }
    }
}
