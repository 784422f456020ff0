enum Either {
    Left(#[unmanaged(release = close)] Option<i32>, String),
    Right(#[unmanaged(release = close)] Option<u8>, String),
}
