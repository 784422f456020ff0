use dispose_core::Dispose;

#[derive(Dispose)]
struct Owner {
    name: String,
}

fn main() {}
