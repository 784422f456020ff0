#[dispose(error = MyError)]
pub(crate) struct Pair {
    #[unmanaged(release = close)]
    input: Option<i32>,
    #[unmanaged(release = close)]
    output: Option<i32>,
}
