impl ::dispose_core::AsyncDispose for Client {
    #[allow(clippy::future_not_send)]
    async fn release_all_async(&mut self, __failures: &mut ::dispose_core::Failures) {
        if let ::core::option::Option::Some(__value @ _) = <Option<
            Socket,
        > as ::dispose_core::Slot>::take(&mut self.socket) {
            #[allow(clippy::diverging_sub_expression)]
            __failures
                .record(
                    "socket",
                    ::dispose_core::__private::call(
                            __value,
                            ::dispose_core::__private::expression!(
                                | socket | async move { leave(socket). await }
                            ),
                        )
                        .await,
                );
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            Cache,
        > as ::dispose_core::Slot>::take(&mut self.cache) {
            #[allow(clippy::diverging_sub_expression)]
            __failures
                .record(
                    "cache",
                    ::dispose_core::__private::call(
                            __value,
                            ::dispose_core::__private::expression!(
                                async | cache | cache.flush_to(& self.folder). await
                            ),
                        )
                        .await,
                );
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            Stream,
        > as ::dispose_core::Slot>::take(&mut self.stream) {
            #[allow(clippy::diverging_sub_expression)]
            __failures
                .record(
                    "stream",
                    ::dispose_core::__private::call(
                            __value,
                            ::dispose_core::__private::expression!(
                                async | stream | { self.pool.give_back(stream). await }
                            ),
                        )
                        .await,
                );
        }
    }
}
