impl<T> ::dispose_core::Dispose for Node<T> {
    #[allow(unreachable_code, clippy::diverging_sub_expression)]
    #[inline]
    fn release_all(&mut self, __failures: &mut ::dispose_core::Failures) {
        ::dispose_core::__private::begin_pass::<Self>(__failures);
        ::dispose_core::__private::nest_next(&mut self.next, "next", __failures);
        if ::dispose_core::Failures::is_stopped(__failures) {
            return;
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            RawFd,
        > as ::dispose_core::Slot>::take(&mut self.fd) {
            __failures.record("fd", close(__value));
        }
    }
    #[inline]
    fn is_disposed(&self) -> ::core::primitive::bool {
        ::dispose_core::__private::is_each_disposed(self)
    }
}
const _: () = {
    pub struct __Dropped(());
    impl ::core::ops::Drop for __Dropped {
        fn drop(&mut self) {}
    }
    impl<T> ::dispose_core::__private::List for Node<T> {
        type Key = __Dropped;
        type Next = Option<Box<Node<T>>>;
        #[inline]
        fn next(&self, _: ::dispose_core::__private::Access<Self>) -> &Self::Next {
            &self.next
        }
        #[inline]
        fn next_mut(
            &mut self,
            _: ::dispose_core::__private::Access<Self>,
        ) -> &mut Self::Next {
            &mut self.next
        }
        #[inline]
        fn is_empty(
            &self,
            _: ::dispose_core::__private::Access<Self>,
        ) -> ::core::primitive::bool {
            <Option<RawFd> as ::dispose_core::Slot>::is_empty(&self.fd)
        }
        #[inline]
        fn is_exclusive() -> ::core::primitive::bool {
            ::dispose_core::__private::is_exclusive::<Option<RawFd>>()
        }
        #[inline]
        fn unlinking() -> ::dispose_core::__private::Unlinking {
            ::dispose_core::__private::Unlinking::Unseen
        }
    }
    #[automatically_derived]
    impl<T> ::core::ops::Drop for Node<T> {
        #[inline]
        fn drop(&mut self) {
            ::dispose_core::__private::drop_node(
                self,
                __Dropped(()),
                false,
                ::dispose_core::__private::report,
            );
        }
    }
};
impl<
    T,
> ::dispose_core::__private::OwnersMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand
for Node<T> {}
