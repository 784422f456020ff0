use dispose_core::Dispose;

fn close(_: u64) {}

#[derive(Dispose)]
struct Owner(#[unmanaged(release = |this| close(this.0 as u64))] Option<u32>);

fn main() {}
