pub struct Context<T> {
    #[unmanaged(unsafe(release = free), unsafe(clone = |context| status::one(up_ref(context))))]
    context: *mut c_void,
    name: String,
    values: Vec<T>,
    kind: PhantomData<T>,
}
