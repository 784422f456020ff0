use dispose_core::{AsyncDispose, Dispose};

async fn goodbye(_: i32, _: u32) {}

#[derive(Dispose, AsyncDispose)]
enum Connection {
    Open {
        #[unmanaged(release_async = async |fd| goodbye(fd, self.code).await)]
        fd: Option<i32>,
        code: u32,
    },
}

fn main() {}
