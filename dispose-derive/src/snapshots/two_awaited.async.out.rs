impl ::dispose_core::AsyncDispose for Client {
    #[allow(unreachable_code, clippy::diverging_sub_expression)]
    #[allow(clippy::future_not_send)]
    async fn release_all_async(&mut self, __failures: &mut ::dispose_core::Failures) {
        if let ::core::option::Option::Some(__value @ _) = <Option<
            Cache,
        > as ::dispose_core::Slot>::take(&mut self.cache) {
            __failures.record("cache", Cache::flush(__value).await);
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            Stream,
        > as ::dispose_core::Slot>::take(&mut self.stream) {
            __failures.record("stream", Stream::goodbye(__value).await);
        }
    }
}
