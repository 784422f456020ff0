use dispose_core::Dispose;

async fn goodbye(_: i32) {}

#[derive(Dispose)]
struct Client {
    #[unmanaged(release = async |fd| goodbye(fd).await)]
    fd: Option<i32>,
}

fn main() {}
